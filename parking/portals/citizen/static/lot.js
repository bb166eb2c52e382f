// The star, and a way back that keeps the search.

import { favourites, keep } from "./store.js";

const star = document.getElementById("star");
const id = star.dataset.id;

function show() {
  const isKept = favourites().includes(id);
  star.setAttribute("aria-pressed", String(isKept));
  star.querySelector("span").textContent = isKept ? star.dataset.added : star.dataset.add;
}

star.addEventListener("click", () => {
  const ids = favourites();
  keep(ids.includes(id) ? ids.filter((each) => each !== id) : [id, ...ids]);
  show();
});
star.hidden = false;
show();

const back = document.getElementById("back");
if (document.referrer) {
  const from = new URL(document.referrer);
  if (from.origin === location.origin && ["/", "/map", "/favourites"].includes(from.pathname)) back.href = from.href;
}
