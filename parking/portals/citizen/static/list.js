// The search form's one button that needs a script: where am I?

const button = document.getElementById("locate");
const said = document.getElementById("locate-said");

function found(place) {
  const address = new URL(location.href);
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
