// Appended to localstripe's stand-in for Stripe.js: what a person needs that it does not give.

(function () {
  const LABELS = {
    number: 'Card number',
    exp_month: 'Expiry month',
    exp_year: 'Expiry year (two digits)',
    cvc: 'Security code',
    postal_code: 'Postal code',
  };
  const SHORT = { exp_month: 'Month', exp_year: 'Year, as 34', cvc: 'Code' };
  const mount = Element.prototype.mount;

  Element.prototype.mount = function (place) {
    mount.call(this, place);
    for (const [field, input] of Object.entries(this._inputs)) {
      input.setAttribute('aria-label', LABELS[field]);
      input.setAttribute('placeholder', SHORT[field] ?? LABELS[field]);
      input.setAttribute('autocomplete', 'off');
      if (field !== 'postal_code') input.setAttribute('inputmode', 'numeric');
    }
    this._inputs.postal_code.hidden = true; // our pages do not ask for it
    place.querySelector('span').textContent =
      'A test card, such as 4242 4242 4242 4242 with any later date and any code.';
    // People type "4242 4242 4242 4242"; the stand-in wants sixteen digits.
    const number = this._inputs.number;
    const changed = number.oninput;
    number.oninput = (event) => {
      const digits = number.value.replace(/\D/g, '');
      if (digits !== number.value) number.value = digits;
      changed(event);
    };
  };

  // The 3-D Secure dialog: in view on a long page, legible in dark mode, announced.
  const open = openModal;
  openModal = (...words) => {
    const answer = open(...words);
    const box = document.body.lastElementChild;
    box.setAttribute('role', 'alertdialog');
    box.setAttribute('aria-modal', 'true');
    box.setAttribute('aria-label', words[0]);
    Object.assign(box.style, {position: 'fixed', color: '#111', zIndex: '1000', boxSizing: 'border-box'});
    return answer;
  };

  Element.prototype.update = function () {};
  Element.prototype.focus = function () {
    if (this._inputs) this._inputs.number.focus();
  };
})();
