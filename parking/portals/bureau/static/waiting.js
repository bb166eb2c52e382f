// A form or link that asks an outside address says that it waits, and is not sent twice.

for (const each of document.querySelectorAll("[data-waits]")) {
  const note = document.getElementById(each.dataset.waits);
  each.addEventListener(each.tagName === "FORM" ? "submit" : "click", (event) => {
    if (each.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    each.setAttribute("aria-busy", "true");
    note.textContent = note.dataset.says;
  });
}
// Whoever comes back finds everything as before.
window.addEventListener("pageshow", () => {
  for (const each of document.querySelectorAll("[data-waits]")) {
    each.removeAttribute("aria-busy");
    document.getElementById(each.dataset.waits).textContent = "";
  }
});
