// What was typed into a form is kept for this tab while it is sent. A log-in that had ended meanwhile then costs
// nothing: back on the page the fields are as they were, for the same person only. Never passwords, cards or files.

const KEY = "draft";
const SECRET = "[type=password], [type=file], [data-card-element]";
const reader = document.body.dataset.reader ?? "";

function keep(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch { /* storage refused: nothing is kept */ }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

const shown = (form) => [...form.elements].filter((field) => field.name && field.matches(
  "input:not([type=hidden], [type=submit], [type=button]), textarea, select"));

document.addEventListener("submit", ({ target: form }) => {
  if (location.pathname.startsWith("/login/")) return;
  if (form.method !== "post" || !reader || form.querySelector(SECRET)) return keep(null);
  const fields = shown(form).map((field) => [field.name, field.value, field.checked ?? null]);
  keep(fields.length ? { path: location.pathname, reader, fields, away: false } : null);
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) keep(null); });

function fill(form, fields) {
  let changed = false;
  for (const [name, value, checked] of fields) {
    for (const field of shown(form).filter((each) => each.name === name)) {
      if (checked !== null && field.matches("[type=checkbox], [type=radio]")) {
        if (field.value === value && field.checked !== checked) changed = field.checked = checked, true;
      } else if (field.value !== value) {
        field.value = value;
        changed = true;
      }
    }
  }
  return changed;
}

function bringBack() {
  const draft = kept();
  if (!draft) return;
  if (location.pathname.startsWith("/login/")) return keep({ ...draft, away: true });
  keep(null);
  if (!draft.away || draft.path !== location.pathname || draft.reader !== reader) return;
  const names = new Set(draft.fields.map(([name]) => name));
  const form = [...document.querySelectorAll("main form[method=post]")].find((each) =>
    shown(each).length && shown(each).every((field) => names.has(field.name)));
  if (!form || !fill(form, draft.fields)) return;
  const note = document.createElement("div");
  note.className = "note wait";
  note.setAttribute("role", "alert");
  note.textContent = document.body.dataset.kept;
  form.prepend(note);
}

bringBack();
