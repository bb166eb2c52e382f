// Nothing typed is lost with the connection: before a form leaves the page, the server must answer.
// Without an answer the page stays as it is and says so; nothing is kept back to be sent later in silence.

const form = document.querySelector("form[data-careful]");
const said = document.getElementById("not-sent");
let changed = false;
let passed = false;

async function answers() {
  try {
    const response = await fetch(form.dataset.careful, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    return response.status < 500;
  } catch {
    return false;
  }
}

form?.addEventListener("input", () => { changed = true; });
form?.addEventListener("submit", async (event) => {
  if (passed) { changed = false; return; }
  event.preventDefault();
  if (form.dataset.waits) return;
  form.dataset.waits = "yes";
  if (await answers()) {
    passed = true;
    said.hidden = true;
    form.requestSubmit(event.submitter);
    passed = false;
  } else {
    said.hidden = false;
    said.focus();
  }
  delete form.dataset.waits;
});
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

// A question that depends on another is shown where it is asked; what is not shown is not required.
const asked = [...document.querySelectorAll("[data-when]")];
function fit() {
  for (const each of asked) {
    const chosen = form.querySelector(`input[name="${each.dataset.when}"]:checked`);
    each.hidden = chosen?.value !== each.dataset.is;
  }
}
if (asked.length) {
  form.addEventListener("change", fit);
  fit();
}
