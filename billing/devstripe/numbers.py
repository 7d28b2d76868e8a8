"""Stripe's published test cards that the local Stripe knows, and what each does."""

SUCCEEDING = {
    "4242424242424242": "visa",
    "4000056655665556": "visa",
    "4000001240000000": "visa",  # Canada
    "4000002500000003": "visa",  # France
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "6011111111111117": "discover",
}
# number: (code, decline_code) when it is attached to a customer (or set up)
DECLINED_WHEN_SAVED = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    "4242424242424241": ("incorrect_number", "incorrect_number"),
}
# number: decline_code when it is charged
DECLINED_WHEN_CHARGED = {
    "4000000000000341": "generic_decline",
    "4000008260003178": "insufficient_funds",  # after 3-D Secure
    "4000008400001629": "generic_decline",  # after 3-D Secure
}
AUTHENTICATING = ("4000002500003155", "4000002760003184", "4000000000003220", "4000000000003063")
NO_AUTHENTICATION_ONCE_SET_UP = "4000002500003155"  # off session, as Stripe's testing page says
KNOWN_NUMBERS = {*SUCCEEDING, *DECLINED_WHEN_SAVED, *DECLINED_WHEN_CHARGED, *AUTHENTICATING}
