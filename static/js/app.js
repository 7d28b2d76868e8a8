// Small helps. Every page works without them.

const root = document.documentElement;

// Light and dark

function showTheme() {
  const chosen = root.dataset.theme ?? "auto";
  for (const group of document.querySelectorAll("[data-theme-switch]")) {
    group.hidden = false;
    for (const button of group.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
    }
  }
}

function chooseTheme(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch { /* storage refused: it holds for this page */ }
  showTheme();
}

// Dialogs: a link to a page of its own, opened here where the page carries the dialog.

function openDialog(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) return chooseTheme(theme.dataset.themeChoice);

  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    return openDialog(dialog);
  }
  if (event.target.matches("dialog[open]")) event.target.close(); // the veil beside it

  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Keys

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys) openDialog(keys);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  if (typing(target)) {
    target.focus();
    target.select();
  } else target.click();
});

// A pressed submit button says that it works. It is disabled after the browser has taken its value along.

function makeBusy(button) {
  button.style.minWidth = `${button.offsetWidth}px`; // set through CSSOM, which our CSP allows
  button.setAttribute("aria-busy", "true");
  button.dataset.words = button.innerHTML;
  button.textContent = button.dataset.busy || document.body.dataset.busy;
  setTimeout(() => { button.disabled = true; });
}

function makeReady(button) {
  if (button.dataset.words !== undefined) button.innerHTML = button.dataset.words;
  delete button.dataset.words;
  button.removeAttribute("aria-busy");
  button.disabled = false;
  button.style.minWidth = "";
}

document.addEventListener("submit", (event) => {
  const { submitter, target } = event;
  if (event.defaultPrevented || target.method !== "post" || !submitter?.matches("button.button")) return;
  if (submitter.getAttribute("aria-busy") === "true") return event.preventDefault();
  makeBusy(submitter);
});

const readyAll = (within) => within.querySelectorAll("[aria-busy='true']").forEach(makeReady);
addEventListener("pageshow", (event) => { if (event.persisted) readyAll(document); });
document.addEventListener("htmx:afterRequest", (event) => readyAll(event.target.closest?.("form") ?? document));

// A part of the page that could not be fetched says so; nothing stays silent at a desk without network

function tell(text) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const note = document.createElement("div");
  note.className = "note stop";
  note.setAttribute("role", "alert");
  note.textContent = text;
  place.replaceChildren(note);
}

document.addEventListener("htmx:sendError", () => tell(document.body.dataset.offline));
document.addEventListener("htmx:responseError", () => tell(document.body.dataset.failed));
document.addEventListener("htmx:beforeRequest", () => document.querySelector("#toasts > .note")?.remove());

// Filters send themselves

document.addEventListener("change", (event) => event.target.closest("form[data-submit]")?.requestSubmit());

// Who it is for was said when the page came: other ticks make it untrue

document.addEventListener("change", (event) => {
  for (const said of event.target.form?.querySelectorAll("[data-until-change]") ?? []) said.hidden = true;
});

// Focus goes where something has to be read or done

function focusIn(within) {
  const target = within.matches?.("[data-focus]") ? within : within.querySelector?.("[data-focus]");
  target?.focus();
}

document.addEventListener("htmx:afterSwap", (event) => focusIn(event.detail.elt ?? event.target));

// Toasts leave by themselves (CSS); a swapped-in one is announced because #toasts is a status region.

document.addEventListener("animationend", (event) => {
  if (event.animationName === "toast-out") event.target.remove();
});

showTheme();
focusIn(document);
