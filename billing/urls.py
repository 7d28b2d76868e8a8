"""The pages of billing, by audience. ``config.urls`` joins the lists into namespaces."""

from django.urls import URLPattern, path

from billing.views import checkout, webhook
from billing.views import desk as sales
from billing.views import portal as family
from billing.views import staff as desk

staff: list[URLPattern] = [
    path("accounts/<int:number>/billing/", desk.account_billing, name="account_billing"),
    path("accounts/<int:number>/purchases/", desk.account_purchases, name="account_purchases"),
    path("sales/<slug:code>/", sales.sale, name="sale"),
]
portal: list[URLPattern] = [
    path("bills/", family.bills, name="bills"),
    path("bills/<slug:code>/", family.bill, name="bill"),
    path("cards/", family.cards, name="cards"),
    path("cards/<slug:card>/remove/", family.card_remove, name="card_remove"),
]
public: list[URLPattern] = [
    path("o/<slug:org>/checkout/<slug:code>/", checkout.show, name="checkout"),
    path("o/<slug:org>/checkout/<slug:code>/hold/", checkout.hold, name="checkout_hold"),
    path("o/<slug:org>/checkout/<slug:code>/let-go/", checkout.let_go, name="checkout_let_go"),
    path("o/<slug:org>/checkout/<slug:code>/confirm/", checkout.confirm, name="checkout_confirm"),
    path("o/<slug:org>/checkout/<slug:code>/return/", checkout.come_back, name="checkout_return"),
    path("o/<slug:org>/checkout/<slug:code>/another-card/", checkout.give_up, name="checkout_give_up"),
    path("o/<slug:org>/checkout/<slug:code>/done/", checkout.done, name="checkout_done"),
    path("stripe/webhook/", webhook.stripe, name="stripe_webhook"),
]
kiosk: list[URLPattern] = []
