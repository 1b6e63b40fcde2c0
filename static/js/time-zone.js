// Offers the time zone of the device to a person who has not chosen one.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offer = document.getElementById("zone-offer");
  if (!offer || !zone?.includes("/") || zone.startsWith("Etc/")) return; // UTC, or unknown
  document.getElementById("zone-name").textContent = zone.replaceAll("_", " ");
  document.getElementById("zone-use").value = zone;
  offer.hidden = false;
})();
