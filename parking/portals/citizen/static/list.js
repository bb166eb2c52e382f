// The search form's one button that needs a script: where am I?

const button = document.getElementById("locate");
const said = document.getElementById("locate-said");

function found(place) {
  const address = new URL(location.href);
  // What is filled in counts, sent or not: somebody may tell the time first and then the place.
  for (const field of button.form.elements) address.searchParams.delete(field.name);
  for (const [name, text] of new FormData(button.form)) if (text) address.searchParams.set(name, text);
  address.searchParams.delete("q");
  address.searchParams.delete("rows");
  // Four decimals are ten metres: enough to park by, and no more than is needed.
  address.searchParams.set("lat", place.coords.latitude.toFixed(4));
  address.searchParams.set("lon", place.coords.longitude.toFixed(4));
  location.assign(address);
}

if ("geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    said.textContent = button.dataset.working;
    navigator.geolocation.getCurrentPosition(
      found,
      () => {
        button.disabled = false;
        said.textContent = button.dataset.failed;
      },
      { timeout: 10_000, maximumAge: 60_000, enableHighAccuracy: true },
    );
  });
}
