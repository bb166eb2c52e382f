// Asks again while the outcome of a payment is open, and shows what changed; without a script the page renews itself.

const EVERY_MS = 3000;
const MOST = 100;

async function look(left) {
  const box = document.getElementById("outcome");
  if (!box || !("waits" in box.dataset) || left === 0) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("outcome");
      if (fresh && fresh.innerHTML !== box.innerHTML) {
        document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
      }
    }
  } catch {
    // No network for a moment: the next look will tell.
  }
  setTimeout(look, EVERY_MS, left - 1);
}

setTimeout(look, EVERY_MS, MOST);
