/* The labels: what is named, in which order, and where it finds room.
   Order: controls, flag, symbols of stations, parks (large first), names of stations, buildings,
   rivers, shields, roads, railways, sites, subdistricts. What finds no free place is left out. */
const Labels = (() => {
  const GRID = 13;
  const REPEAT = 420;
  const NUDGES = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1],
    [0, 2], [0, -2], [2, 0], [-2, 0]];

  /* n with thousands separated and at most one decimal. */
  const figure = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 1, minimumFractionDigits: 1 });

  function create({ scene, data, ink, lens, lang, over, figures }) {
    const type = Type.create(ink);
    const specs = ink.style.labels;
    let groups = {};

    function nameOf(layer, i) {
      return data.langs[lang].order.map((code) => layer.data.get(i, `name_${code}`)).find(Boolean) ?? "";
    }

    function unit(value, name) {
      return `${figure(value)} ${data.schema.units[name]?.[lang] ?? name}`;
    }

    /* Land in the reader's unit. */
    const land = (mu) => figures?.area(mu) ?? unit(mu, "mu");

    const isShown = (layer, i) => !layer.shown || layer.shown[i] === 1;
    const rows = (layer, v) => (layer ? Array.from(layer.tree.search(v.box(0))) : [])
      .filter((i) => isShown(layer, i));
    const boxOf = (layer, i, v) => {
      const b = layer.shapes.boxes;
      return [v.px(b[4 * i]), v.py(b[4 * i + 1]), v.px(b[4 * i + 2]), v.py(b[4 * i + 3])];
    };
    const pointOf = (layer, i, v) => {
      const [x, y] = Inside.point(layer.shapes, i);
      return [v.px(x), v.py(y)];
    };

    /* Sites and lines beneath, so that park names look for a calm place. */
    function groundOf(v) {
      const ground = Room.createGround(v.w, v.h);
      const sites = lens.part("sites") ? scene.layer("sites") : null;
      sites?.tree.cover(v.box(0), Room.CELL / v.scale, (x0, y0, x1, y1) =>
        ground.addBox(v.px(x0), v.py(y0), v.px(x1), v.py(y1), 1));
      for (const [name, weight] of [["roads", 0.3], ["railways", 0.5], ["rivers", 0.4]]) {
        const layer = scene.layer(name);
        for (const i of rows(layer, v)) {
          World.segments(layer.shapes, i, v, (...at) => ground.addSegment(...at, weight));
        }
      }
      return ground;
    }

    function placeStations(v, room, placed) {
      const layer = scene.layer("stations");
      if (!layer || v.zoom < specs.station.from) return;
      for (const i of rows(layer, v)) {
        const [x, y] = pointOf(layer, i, v);
        const box = Symbols.box(x, y, ink.style.symbols.size + 2);
        if (!room.claim([box])) continue;
        const kind = layer.data.get(i, "kind");
        placed.push({ symbol: { box, layer: "stations", ids: [i], x, y },
          draw: (c) => Symbols.draw(c, ink, kind, x, y) });
      }
    }

    /* Names of symbols come later than the symbols: a park's name is worth more. */
    function placeNames(name, spec, v, room, placed) {
      if (v.zoom < spec.from) return;
      for (const { symbol } of placed.filter((label) => label.symbol?.layer === name)) {
        if (symbol.ids.length > 1) continue;
        beside(nameOf(scene.layer(name), symbol.ids[0]), spec, symbol.x, symbol.y, room, placed);
      }
    }

    /* A symbol's name, to its right, or where there is room. */
    function beside(text, spec, x, y, room, placed) {
      if (!text) return;
      const gap = ink.style.symbols.size / 2 + 3;
      const w = type.rowWidth(text, spec);
      const spots = [[x + gap, y], [x - gap - w, y], [x - w / 2, y + gap + 6], [x - w / 2, y - gap - 6]];
      for (const [left, middle] of spots) {
        const label = type.block([{ text, spec }], left, middle, { align: "left", pad: 1 });
        if (room.claim(label.boxes)) { placed.push(label); return; }
      }
    }

    /* Groups are made of all that is shown, not of what is in view: panning must not regroup. */
    function carrierGroups(layer, v) {
      const { cluster_px: reach, cluster_until: until } = ink.style.symbols;
      const key = `${v.zoom}`;
      if (groups.key === key && groups.shown === layer.shown) return groups.found;
      const points = [];
      for (let i = 0; i < layer.n; i++) {
        if (!layer.shapes.kinds[i] || !isShown(layer, i)) continue;
        const [x, y] = Inside.point(layer.shapes, i);
        points.push({ i, x, y });
      }
      const found = Symbols.gather(points, (v.zoom < until ? reach : 4) / v.scale);
      groups = { key, shown: layer.shown, found };
      return found;
    }

    /* Where the whole zone is in view, counts make way for names and are nudged to a free spot;
       closer, a building stands where it is. */
    function placeCarriers(v, room, placed, isClose) {
      const layer = scene.layer("carriers");
      const { cluster_until: until, nudge } = ink.style.symbols;
      if (!layer || v.zoom < specs.carrier[`${lens.layer}_from`] || isClose !== v.zoom >= until) return;
      for (const { x: wx, y: wy, ids } of carrierGroups(layer, v)) {
        const [x, y] = [v.px(wx), v.py(wy)];
        if (x < 0 || y < 0 || x > v.w || y > v.h) continue;
        const spots = isClose ? [[0, 0]] : NUDGES.map(([dx, dy]) => [dx * nudge, dy * nudge]);
        const free = spots.map(([dx, dy]) => carrierSymbol(layer, ids, x + dx, y + dy, v))
          .find((label) => isClose || room.isFree([label.symbol.box]));
        if (!free) continue;
        room.take([free.symbol.box]);
        placed.push(free);
      }
    }

    function carrierSymbol(layer, ids, x, y, v) {
      const size = Symbols.sizeAt(ink.style.symbols, v.zoom);
      const w = ids.length > 1 ? Symbols.countWidth(ids.length) : size;
      const box = [x - w / 2 - 1, y - size / 2 - 2, x + w / 2 + 1, y + size / 2 + 2];
      const kind = layer.data.get(ids[0], "kind");
      return { symbol: { box, layer: "carriers", ids, x, y }, draw: ids.length > 1
        ? (c) => Symbols.drawCount(c, ink, ids.length, x, y)
        : (c) => Symbols.draw(c, ink, kind, x, y, size) };
    }

    function secondRow(layer, i) {
      if (lens.layer === "sites") {
        const text = figures?.park(layer.data.id(i));
        return text ? { text, spec: specs.figure } : null;
      }
      const area = layer.data.get(i, "area_km2");
      return area === null ? null : { text: unit(area, "km2"), spec: specs.area };
    }

    function placeParks(v, area, room, placed) {
      const layer = scene.layer("parks");
      if (!layer || v.zoom < specs.park.from) return;
      const ground = groundOf(v);
      const size = (i) => { const [x0, y0, x1, y1] = boxOf(layer, i, v); return (x1 - x0) * (y1 - y0); };
      for (const i of rows(layer, v).sort((a, b) => size(b) - size(a))) {
        const name = nameOf(layer, i);
        if (!name) continue;
        const more = v.zoom >= specs.figure.from ? secondRow(layer, i) : null;
        const label = alongBody(layer, i, v, area, room, name, more) ??
          inBody(layer, i, v, area, room, ground, name, more);
        if (!label) continue;
        room.take(label.boxes);
        placed.push({ ...label, park: i });
      }
    }

    function alongBody(layer, i, v, area, room, name, more) {
      if (v.zoom < specs.park_along.from) return null;
      const points = Spine.of(layer.shapes, i, v);
      if (!points) return null;
      const run = type.glyphs(name, specs.park_along);
      if (more) run.push({ ch: " ", spec: more.spec, w: 6 }, ...type.glyphs(more.text, more.spec));
      const inArea = points.filter(([x, y]) => Room.meets([x, y, x + 1, y + 1], area));
      if (inArea.length < 3) return null;
      return type.along(inArea, run).sort((a, b) => a.offset + a.bend - b.offset - b.bend)
        .find((label) => room.isFree(label.boxes)) ?? null;
    }

    /* The place in the body with the least beneath it, near the middle, inside if it can be. */
    function inBody(layer, i, v, area, room, ground, name, more) {
      const parts = type.wrap(name, specs.park, 130).map((text) => ({ text, spec: specs.park }));
      const broken = type.breakCjk(name).map((text) => ({ text, spec: specs.park }));
      for (const all of [more && [...parts, more], parts, broken.length > 1 && broken]) {
        const label = all && calmest(layer, i, v, area, room, ground, all);
        if (label) return label;
      }
      return null;
    }

    function calmest(layer, i, v, area, room, ground, all) {
      const [x0, y0, x1, y1] = boxOf(layer, i, v);
      const seen = [Math.max(x0, area[0]), Math.max(y0, area[1]), Math.min(x1, area[2]), Math.min(y1, area[3])];
      if (seen[0] >= seen[2] || seen[1] >= seen[3]) return null;
      const middle = pointOf(layer, i, v);
      const spots = [middle];
      for (let k = 0; k < GRID * GRID; k++) {
        spots.push([seen[0] + ((k % GRID) + 0.5) / GRID * (seen[2] - seen[0]),
          seen[1] + (Math.floor(k / GRID) + 0.5) / GRID * (seen[3] - seen[1])]);
      }
      return best(spots, all, (box, [x, y]) => {
        if (!within(box, area)) return Infinity;
        if (!holds(layer, i, v, x, y)) return Infinity;
        const outside = corners(box).filter(([cx, cy]) => !holds(layer, i, v, cx, cy)).length;
        const away = Math.hypot(x - middle[0], y - middle[1]) / Math.hypot(x1 - x0, y1 - y0);
        return 3 * ground.busy(box) + 0.5 * outside + 0.8 * away;
      }, room);
    }

    function best(spots, rowsOfText, costOf, room) {
      const shape = type.block(rowsOfText, 0, 0).boxes[0];
      let [found, least] = [null, Infinity];
      for (const [x, y] of spots) {
        const box = [shape[0] + x, shape[1] + y, shape[2] + x, shape[3] + y];
        const cost = costOf(box, [x, y]);
        if (cost < least && room.isFree([box])) { found = [x, y]; least = cost; }
      }
      return found && type.block(rowsOfText, Math.round(found[0]), Math.round(found[1]));
    }

    const within = (box, area) =>
      box[0] >= area[0] && box[1] >= area[1] && box[2] <= area[2] && box[3] <= area[3];
    const corners = ([x0, y0, x1, y1]) => [[x0, y0], [x1, y0], [x0, y1], [x1, y1],
      [(x0 + x1) / 2, y0], [(x0 + x1) / 2, y1]];
    const holds = (layer, i, v, x, y) =>
      Inside.contains(layer.shapes, i, (x + v.left) / v.scale, (y + v.top) / v.scale);

    /* One name along each line in view; the same name not twice near to itself. */
    function placeLines(name, spec, v, area, room, placed, skip = () => false) {
      const layer = scene.layer(name);
      if (!layer || v.zoom < spec.from) return;
      const said = [];
      for (const i of rows(layer, v)) {
        const text = nameOf(layer, i);
        if (!text || skip(layer, i)) continue;
        for (const points of World.stretches(layer.shapes, i, v, area)) {
          const fresh = type.along(points, type.glyphs(text, spec))
            .sort((a, b) => a.bend + a.offset / 2 - b.bend - b.offset / 2)
            .find((label) => label.boxes.every((box) => within(box, area)) &&
              room.isFree(label.boxes) && !said.some((other) => other.text === text && near(other.box, label.boxes[0])));
          if (!fresh) continue;
          room.take(fresh.boxes);
          said.push({ text, box: fresh.boxes[0] });
          placed.push(fresh);
        }
      }
    }

    const near = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) < REPEAT;

    function placeShields(v, area, room, placed) {
      const layer = scene.layer("roads");
      if (!layer || v.zoom < specs.shield.from) return;
      const said = [];
      for (const i of rows(layer, v)) {
        const text = layer.data.get(i, "road_no");
        if (!text) continue;
        const solid = layer.data.get(i, "road_class") === "expressway";
        for (const points of World.stretches(layer.shapes, i, v, area)) {
          const spots = points.length > 2 ? points.slice(1, -1) : middles(points);
          for (const [x, y] of byMiddle(spots)) {
            const label = shield(text, solid, Math.round(x), Math.round(y));
            const box = label.boxes[0];
            if (!within(box, area) || said.some((other) => other.text === text && near(other.box, box))) continue;
            if (!room.claim(label.boxes)) continue;
            said.push({ text, box });
            placed.push(label);
          }
        }
      }
    }

    const middles = ([a, b]) => [0.5, 0.3, 0.7].map((t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
    const byMiddle = (spots) => {
      const half = (spots.length - 1) / 2;
      return spots.map((spot, k) => [Math.abs(k - half), spot]).sort((a, b) => a[0] - b[0]).map(([, spot]) => spot);
    };

    function shield(text, solid, x, y) {
      const spec = specs.shield;
      const w = type.width(text, spec) + 10;
      const box = [x - w / 2, y - 8, x + w / 2, y + 8];
      const letters = type.block([{ text, spec, color: ink.token(solid ? "panel" : "shield") }], x, y);
      return { boxes: [[box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2]], draw: (c) => {
        c.beginPath();
        c.roundRect(box[0], box[1], w, 16, 3);
        c.fillStyle = ink.token(solid ? "shield" : "panel");
        c.fill();
        c.strokeStyle = ink.token(solid ? "panel" : "shield");
        c.lineWidth = 1;
        c.stroke();
        letters.draw(c);
      } };
    }

    function placeAreas(name, spec, v, area, room, placed, costOf, skip = () => false) {
      const layer = scene.layer(name);
      if (!layer || v.zoom < spec.from) return;
      for (const i of rows(layer, v)) {
        const text = nameOf(layer, i);
        if (!text || skip(layer, i)) continue;
        const [x0, y0, x1, y1] = boxOf(layer, i, v);
        const spots = [pointOf(layer, i, v)];
        for (let k = 0; k < 49; k++) {
          spots.push([x0 + ((k % 7) + 0.5) / 7 * (x1 - x0), y0 + (Math.floor(k / 7) + 0.5) / 7 * (y1 - y0)]);
        }
        const label = best(spots, [{ text, spec }], (box, [x, y]) => {
          if (!within(box, area) || !holds(layer, i, v, x, y)) return Infinity;
          return Math.hypot(x - spots[0][0], y - spots[0][1]) + costOf(box, v);
        }, room);
        if (!label) continue;
        room.take(label.boxes);
        placed.push(label);
      }
    }

    // Rivers are named along their centre lines.
    const isRiver = (layer, i) => layer.data.get(i, "kind") === "river";

    /* A subdistrict's name belongs between the parks. */
    function parkBeneath(box, v) {
      const parks = scene.layer("parks");
      const beneath = corners(box).filter(([x, y]) => rows(parks, v).some((i) => holds(parks, i, v, x, y)));
      return beneath.length > 3 ? Infinity : beneath.length * 1000;
    }

    /* The rows of a site's label, the more important first: "AQ-001", "79.5 亩", or under another
       question "20.8", "AQ-001". */
    function siteRows(i, id) {
      const { text, value, unit: name } = lens.figure(i) ?? {};
      if (text) return [text, id];
      return value === null || value === undefined ? [id] : [id, name === "mu" ? land(value) : unit(value, name)];
    }

    /* Inside a parcel that has the room: its id, and what the lens is about. */
    function placeSites(v, area, room, placed) {
      const layer = scene.layer("sites");
      const part = lens.part("sites");
      if (!layer || !part || v.zoom < specs.site.from) return;
      const spec = specs.site;
      for (const i of rows(layer, v)) {
        const [x0, y0, x1, y1] = boxOf(layer, i, v);
        const id = layer.data.id(i);
        if (!id || y1 - y0 < 18 || x1 - x0 < 24) continue;
        const fill = ink.fill(part.looks[part.codes[i]].swatch);
        const style = { color: fill.ink, haloColor: fill.color };
        const rowsOfText = siteRows(i, id).map((text, k) => ({ text, spec: k ? { ...spec, weight: 400 } : spec, ...style }));
        const label = [rowsOfText, rowsOfText.slice(0, 1)].map((some) => type.block(some, ...pointOf(layer, i, v), { pad: 1 }))
          .find(({ boxes: [box] }) => corners(box).every(([x, y]) => holds(layer, i, v, x, y)));
        if (label && room.claim(label.boxes)) placed.push(label);
      }
    }

    /* Names of what a base map names itself. */
    function placeWays(v, area, room, placed) {
      placeLines("rivers", specs.river, v, area, room, placed);
      placeShields(v, area, room, placed);
      placeLines("roads", specs.road, v, area, room, placed, (layer, i) => layer.data.get(i, "road_no"));
      placeLines("railways", specs.railway, v, area, room, placed);
    }

    /* v: the view of the whole overlay; area: the part that no panel covers; flag: a label that
       is set before all others, or null. Returns what to draw, in order. */
    function place(v, area, covered, flag) {
      const room = Room.create();
      room.take(covered);
      const placed = [];
      if (flag) room.take(flag.boxes);
      placeStations(v, room, placed);
      placeCarriers(v, room, placed, true);
      placeParks(v, area, room, placed);
      placeNames("stations", specs.station, v, room, placed);
      placeCarriers(v, room, placed, false);
      if (!over) placeWays(v, area, room, placed);
      placeSites(v, area, room, placed);
      placeAreas("subdistricts", specs.subdistrict, v, area, room, placed, parkBeneath);
      if (!over) placeAreas("water", specs.lake, v, area, room, placed, () => 0, isRiver);
      placeNames("carriers", specs.carrier, v, room, placed);
      if (flag) placed.push(flag);
      return placed;
    }

    return { place, nameOf, land, type };
  }

  return { create };
})();
