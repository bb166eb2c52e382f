// Asks for the rows of the lots that this browser remembers.

import { favourites } from "./store.js";

const box = document.getElementById("favourites");
const ids = favourites();

async function show() {
  const address = new URL(box.dataset.rows, location.href);
  for (const id of ids) address.searchParams.append("id", id);
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(String(response.status));
    box.innerHTML = await response.text();
    document.getElementById("lost").hidden = true;
    document.getElementById("none").hidden = box.querySelector(".lot") !== null;
  } catch {
    document.getElementById("lost").hidden = false;
  }
}

if (ids.length) {
  show();
  setInterval(() => document.visibilityState === "visible" && show(), 15_000);
} else {
  document.getElementById("none").hidden = false;
}
