/* What card, comparison and paper say alike about a record: whom to call, how fresh it is, its areas. */
const createRecord = (ui) => {
  const { data, facts, text, engine } = ui;

  /* The record's own contact; what it lacks comes from the department that promotes it, or its park's. */
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

  /* tel: of a telephone number, or null where it is not one. */
  function tel(phone) {
    const digits = (phone ?? "").replace(/[\s\-()（）]/g, "");
    return /^\+?\d{5,20}$/.test(digits) ? `tel:${digits}` : null;
  }

  /* From how many months on, against the date of the data, a record is to be verified first. */
  const LIMIT = data.style.lenses.freshness_months.at(-1);

  function stale(layer, i) {
    const updated = layer.get(i, "updated");
    const { data_date: today } = data.meta;
    return Boolean(updated && today) && updated < Lenses.monthsBefore(today, LIMIT);
  }

  /* One area in all its units, the reader's own first: [[figure, unit], ...] from mu. */
  function areas(mu) {
    const [main] = text.area(mu);
    const all = [
      [text.tenths(mu), text.unit("mu")],
      [text.tenths(mu / 15), text.unit("ha")],
      [text.number(Math.round((mu * 10000) / 15)), text.unit("m2")],
    ];
    return [main, ...all.filter(([, unit]) => unit !== main[1])];
  }

  /* How the map shows a record under the lens: by its own class, or a site by the block beneath it. */
  function look(layer, i) {
    const own = engine.look(layer.name, i);
    if (own || layer.name !== "sites") return own;
    const block = ui.near.block(layer, i);
    return (block >= 0 && engine.look("zoning", block)) || `status:${layer.get(i, "status")}`;
  }

  return { look, contact, tel, stale, areas, months: LIMIT };
};
