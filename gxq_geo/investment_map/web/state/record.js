/* What card, comparison and print have in common about a record: its contact, its freshness, its areas, its swatch. */
import { MU_PER_HA } from "../base/units.js";
import * as Lenses from "../data/lenses.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createRecord(ui) {
  const { data, facts, text, engine } = ui;

  /* The contact of the record; where it has none, that of its department or of the department of its park. */
  function contact(layer, i) {
    const parks = facts.layer("parks");
    const park = parks ? parks.indexOf(layer.get(i, "park_id")) : -1;
    const id = layer.get(i, "department_id") ?? (park < 0 ? null : parks.get(park, "department_id"));
    const departments = facts.layer("departments");
    const k = departments && id ? departments.indexOf(id) : -1;
    const own = { name: layer.get(i, "contact_name"), phone: layer.get(i, "contact_phone") };
    const [name, phone] =
      own.phone || k < 0
        ? [own.name, own.phone]
        : [departments.get(k, "contact_name"), departments.get(k, "contact_phone")];
    return { name, phone, department: k < 0 ? null : text.name(departments, k) };
  }

  /* The tel: address of a telephone number; null where it is not one. */
  function tel(phone) {
    const digits = (phone ?? "").replace(/[\s\-()（）]/g, "");
    return /^\+?\d{5,20}$/.test(digits) ? `tel:${digits}` : null;
  }

  /* The age in months, at the date of the data, from which a record has to be verified. */
  const LIMIT = data.style.lenses.freshness_months.at(-1);

  function stale(layer, i) {
    const updated = layer.get(i, "updated");
    const { data_date: today } = data.meta;
    return Boolean(updated && today) && updated < Lenses.monthsBefore(today, LIMIT);
  }

  /* An area in all units, the reader's own first: [[figure, unit], ...]. */
  function areas(mu) {
    const [main] = text.area(mu);
    const all = [
      [text.tenths(mu), text.unit("mu")],
      [text.tenths(mu / MU_PER_HA), text.unit("ha")],
      [text.number(Math.round((mu * 10000) / MU_PER_HA)), text.unit("m2")],
    ];
    return [main, ...all.filter(([, unit]) => unit !== main[1])];
  }

  /* The swatch of a record under the lens; a site that the lens does not colour has that of the block below. */
  function swatchKey(layer, i) {
    const own = engine.swatchKey(layer.name, i);
    if (own || layer.name !== "sites") return own;
    const block = ui.nearby.block(layer, i);
    return (block >= 0 && engine.swatchKey("zoning", block)) || `status:${layer.get(i, "status")}`;
  }

  return { swatchKey, contact, tel, stale, areas, months: LIMIT };
}
