/* Leaflet expects the images of markers beside its style sheet; here they are inside it. This runs before folium creates
   the markers that a user added in Python. */
(() => {
  const probe = document.createElement("div");
  probe.className = "leaflet-default-icon-path";
  document.documentElement.append(probe);
  const picture = getComputedStyle(probe).backgroundImage.replace(/^url\("?|"?\)$/g, "");
  probe.remove();
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions({ iconUrl: picture, iconRetinaUrl: picture, shadowUrl: "" });
})();
