// A form counts as sent only when the server has answered. Without an answer the page says so and keeps every word;
// nothing is put aside to be sent later. A form may be sent again: its key makes it one. Photos are made smaller
// here, because a basement's connection carries hundreds of kilobytes, not megabytes.

const LONGEST_MS = 90_000;
const SIDE = 1600;
const made = new WeakMap();

async function smaller(file) {
  if (!file.type.startsWith("image/") || file.size < 400_000) return file;
  if (made.has(file)) return made.get(file);
  let result = file;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    if (blob && blob.size < file.size) {
      result = new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
    }
  } catch {
    // A picture that this browser cannot open goes as it is; the server says what is wrong with it.
  }
  made.set(file, result);
  return result;
}

async function packed(form, button) {
  const data = new FormData(form, button);
  for (const [name, value] of [...data.entries()]) {
    if (value instanceof File && value.size) data.set(name, await smaller(value));
  }
  return data;
}

function show(html, address) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.title = page.title;
  if (address) history.replaceState(null, "", address);
  watch();
  (document.querySelector(".problem:not([hidden])") ?? document.querySelector("main")).focus();
  window.scrollTo(0, 0);
}

async function send(form, button) {
  const note = form.parentElement.querySelector("[data-not-sent]");
  form.setAttribute("aria-busy", "true");
  try {
    const upload = form.enctype === "multipart/form-data";
    const data = await packed(form, button);
    const answer = await fetch(form.action, {
      method: "POST",
      body: upload ? data : new URLSearchParams([...data.entries()]),
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    if (answer.status >= 502) throw new Error("no answer of ours");
    const text = await answer.text();
    form.dataset.changed = "";
    show(text, answer.redirected ? answer.url : null);
  } catch {
    note.hidden = false;
    note.focus();
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function watch() {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    form.addEventListener("input", () => { form.dataset.changed = "yes"; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.getAttribute("aria-busy") === "true") return;
      form.parentElement.querySelector("[data-not-sent]").hidden = true;
      send(form, event.submitter);
    });
  }
}

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector('form[data-changed="yes"]')) event.preventDefault();
});
watch();
