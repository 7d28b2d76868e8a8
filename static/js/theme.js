// Before the first paint: that JavaScript runs, and the chosen theme. app.js offers the switch.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage refused: the system's theme it is */ }
