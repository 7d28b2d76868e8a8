// Says in words what allauth's script only logs: a passkey that was not used.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.createElement("div");
  note.className = "note wait";
  note.setAttribute("role", "alert");
  note.textContent = document.getElementById("passkey-trouble")?.content.textContent ?? event.detail.exception.message;
  document.querySelector("main .card-body")?.prepend(note);
});
