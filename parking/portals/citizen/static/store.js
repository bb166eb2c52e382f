// Favourites live in this browser and nowhere else.

const KEY = "parking.favourites";

export function favourites() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function keep(ids) {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids.slice(0, 50)));
    return true;
  } catch {
    return false;
  }
}
