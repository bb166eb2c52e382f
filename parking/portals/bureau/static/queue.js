// The queue by keyboard: j and k walk the rows, o opens one, c claims it or gives it back.

const rows = [...document.querySelectorAll("[data-row]")];
const TYPED_INTO = "input, textarea, select, [contenteditable]";

function at() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function go(step) {
  const now = at();
  const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
  const link = rows[next]?.querySelector("[data-open]");
  link?.focus();
  rows[next]?.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  o: () => rows[at()]?.querySelector("[data-open]").click(),
  c: () => rows[at()]?.querySelector("form.act")?.requestSubmit(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPED_INTO)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

if (rows.length) document.getElementById("keys").hidden = false;
