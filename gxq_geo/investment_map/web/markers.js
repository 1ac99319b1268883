/* Leaflet looks for the pictures of markers beside its style sheet; here they are inside it.
   For markers that somebody adds in Python; runs before they are made. */
(() => {
  const probe = document.createElement("div");
  probe.className = "leaflet-default-icon-path";
  document.documentElement.append(probe);
  const picture = getComputedStyle(probe).backgroundImage.replace(/^url\("?|"?\)$/g, "");
  probe.remove();
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions({ iconUrl: picture, iconRetinaUrl: picture, shadowUrl: "" });
})();
