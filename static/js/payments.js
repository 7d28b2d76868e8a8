// Cards and 3-D Secure, with Stripe.js or the local stand-in for it, whichever the page loaded before this module.
//
// <form data-stripe-key data-client-secret data-message-failed data-message-unavailable>   saves a card, then submits
//   <div data-card-element></div>                        the card's fields are put here
//   <p data-payment-error role="alert" hidden></p>
//   <input type="hidden" name="setup_intent">            gets the SetupIntent's id; the server asks Stripe what became of it
//   <input type="radio" name="card" data-new-card>       optional: only when this is chosen is a card saved
//
// <div data-confirm-payment data-stripe-key data-client-secret data-return-url>             asks for 3-D Secure, then goes on

const stripes = new Map();

function stripeFor(key) {
  if (typeof window.Stripe !== "function") return null;
  if (!stripes.has(key)) stripes.set(key, window.Stripe(key, { locale: document.documentElement.lang || "auto" }));
  return stripes.get(key);
}

function say(place, message) {
  place.textContent = message;
  place.hidden = !message;
}

// Stripe's messages about the card are made for its holder, in the page's language. All others are not.
function wordsFor(error, fallback) {
  const forHolder = error.type === "card_error" || error.type === "validation_error";
  return (forHolder && error.message) || fallback;
}

function work(button) {
  if (!button) return () => {};
  const before = button.innerHTML;
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) button.textContent = button.dataset.busy;
  return () => {
    button.innerHTML = before;
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  };
}

async function savedCard(stripe, form, card) {
  const { error, setupIntent } = await stripe.confirmCardSetup(form.dataset.clientSecret, { payment_method: { card } });
  if (setupIntent) return setupIntent.id;
  // The button was pressed before: the card is saved already.
  if (error.setup_intent?.status === "succeeded") return error.setup_intent.id;
  throw error;
}

function prepareCard(form) {
  const place = form.querySelector("[data-card-element]");
  const problem = form.querySelector("[data-payment-error]");
  const field = form.elements.namedItem("setup_intent");
  const chosen = form.querySelector("[data-new-card]");
  const { stripeKey, messageFailed, messageUnavailable } = form.dataset;

  const stripe = stripeFor(stripeKey);
  if (!stripe) return say(problem, messageUnavailable);
  const card = stripe.elements().create("card", { hidePostalCode: form.dataset.postalCode === undefined });
  card.mount(place);
  card.on("change", (event) => say(problem, event?.error?.message ?? ""));

  let working = false;
  form.addEventListener("submit", async (event) => {
    if (field.value || (chosen && !chosen.checked)) return;
    event.preventDefault();
    if (working) return;
    working = true;
    say(problem, "");
    const ready = work(event.submitter);
    try {
      field.value = await savedCard(stripe, form, card);
    } catch (error) {
      say(problem, wordsFor(error ?? {}, messageFailed));
      card.focus();
    }
    ready();
    working = false;
    if (field.value) form.requestSubmit(event.submitter);
  });
}

async function confirmPayment(place) {
  const { stripeKey, clientSecret, returnUrl } = place.dataset;
  try {
    await stripeFor(stripeKey)?.confirmCardPayment(clientSecret);
  } finally {
    // Whatever came of it: the server asks Stripe and tells. Nothing to come back to here.
    location.replace(returnUrl);
  }
}

document.querySelectorAll("form[data-stripe-key]").forEach(prepareCard);
document.querySelectorAll("[data-confirm-payment]").forEach(confirmPayment);
