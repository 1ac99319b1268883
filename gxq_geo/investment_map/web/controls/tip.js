/* The tooltip: one or two lines about the record under the mouse. */
import { byId, el } from "../base/dom.js";
import { MU_PER_HA } from "../base/units.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createTip(ui) {
  const { text, facts, engine, map } = ui;
  const box = byId("tip");

  const below = {
    sites: (layer, i) => [
      text.word("site_status", layer.get(i, "status")),
      text.known(layer.get(i, "area_mu")) && text.area(layer.get(i, "area_mu"))[0].join(" "),
    ],
    carriers: (layer, i) => [
      text.word("carrier_kind", layer.get(i, "kind")),
      text.known(layer.get(i, "vacant_floor_area_m2")) &&
        text.t("vacant_line", { area: text.number(layer.get(i, "vacant_floor_area_m2")) }),
    ],
    zoning: (layer, i) => [
      layer.id(i),
      text.known(layer.get(i, "area_ha")) && text.area(MU_PER_HA * layer.get(i, "area_ha"))[0].join(" "),
    ],
    stations: (layer, i) => [text.word("station_kind", layer.get(i, "kind"))],
    parks: (layer, i) => [ui.visible.ofPark(layer.id(i)).words],
  };

  function title(layer, i) {
    const planned = layer.name === "zoning" && (layer.get(i, "sectors") || []);
    if (!planned) return text.name(layer, i);
    return planned.length
      ? text.names("sectors", planned)
      : text.t(`land_${facts.landOf(layer.get(i, "land_use"))}`);
  }

  function show({ layer: name, index, ids, point }) {
    const layer = facts.layer(name);
    const many = ids?.length > 1;
    const lines = many
      ? [text.count(`n_${name}`, ids.length)]
      : [title(layer, index), below[name]?.(layer, index).filter(Boolean).join(" · ")];
    box.replaceChildren(el("b", null, lines[0]), lines[1] ? el("span", null, lines[1]) : "");
    box.hidden = false;
    place(point);
  }

  function hide() {
    box.hidden = true;
  }

  function place({ x, y }) {
    const size = map.getSize();
    const left = x + 16 + box.offsetWidth > size.x ? x - 12 - box.offsetWidth : x + 16;
    const top = y + 16 + box.offsetHeight > size.y ? y - 12 - box.offsetHeight : y + 16;
    box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  if (!matchMedia("(hover: hover)").matches) return;
  engine.on("hover", (hit) => (hit ? show(hit) : hide()));
  map.on("mousemove", (event) => { if (!box.hidden) place(event.containerPoint); });
  map.on("movestart", hide);
}
