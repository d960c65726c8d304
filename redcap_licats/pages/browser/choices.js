// Small things beside inputs: reset links, today's date, sliders, characters that are left, boxes that exclude others.

function wire(page, view) {
  const { row, spec } = view;
  row.querySelector("button.reset")?.addEventListener("click", () => {
    view.value = "";
    page.changed(view);
    view.focus();
  });
  row.querySelector("button.today")?.addEventListener("click", () => {
    if (view.missing) setMissing(view, "");
    view.value = moment(page, spec.validation);
    page.changed(view);
    view.focus();
  });
  if (view.kind === "slider") wireSlider(page, view);
  if (spec.tags["@CHARLIMIT"] && view.controls[0]) view.controls[0].addEventListener("input", () => showLeft(page, view));
  if (view.kind === "checkbox") {
    for (const box of view.controls) box.addEventListener("change", () => excludeBoxes(page, view, box));
    limitBoxes(view);
  }
  if (row.dataset.ranking) {
    for (const one of view.controls) one.addEventListener("change", () => rank(page, view));
  }
}

// The present moment as a field of the validation type stores it.
function moment(page, validation, utc = false) {
  let now = page.record.now();
  if (utc) {
    const there = new Date();
    now = [
      there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate(),
      there.getUTCHours(), there.getUTCMinutes(), there.getUTCSeconds(),
    ];
  }
  const [year, month, day, hour, minute, second] = now;
  const date = `${year}-${two(month)}-${two(day)}`;
  const clock = `${two(hour)}:${two(minute)}`;
  if (validation === "time_mm_ss") return `${two(minute)}:${two(second)}`;
  if (validation.startsWith("time")) return validation.includes("ss") ? `${clock}:${two(second)}` : clock;
  if (validation.startsWith("datetime_seconds")) return `${date} ${clock}:${two(second)}`;
  return validation.startsWith("datetime") ? `${date} ${clock}` : date;
}

function wireSlider(page, view) {
  const range = view.controls.find((one) => one.type === "range");
  const take = () => {
    if (view.held.value === range.value) return;
    view.value = range.value;
    page.changed(view);
  };
  for (const kind of ["input", "pointerup"]) range.addEventListener(kind, take);
  range.addEventListener("keyup", (event) => event.key === " " && take());
}

function showLeft(page, view) {
  const place = view.row.querySelector("[data-left]");
  if (!place) return;
  const number = Number(view.spec.tags["@CHARLIMIT"]) - view.controls[0].value.length;
  place.textContent = page.text("characters_left", { number });
}

function excludeBoxes(page, view, box) {
  const alone = (view.spec.tags["@NONEOFTHEABOVE"] ?? "").split(/[\s,]+/).filter(Boolean);
  if (alone.length && box.checked) {
    const excludes = alone.includes(box.dataset.code);
    const others = view.controls.filter((one) => one !== box && one.checked);
    const removed = others.filter((one) => excludes || alone.includes(one.dataset.code));
    for (const one of removed) one.checked = false;
    if (removed.length) view.notice = { key: "none_of_the_above", values: {}, stops: false };
  }
  const full = limitBoxes(view);
  if (full) view.notice = { key: "max_checked", values: { number: full }, stops: false };
}

// Let no more boxes be ticked than allowed; gives that number where it is reached.
function limitBoxes(view) {
  const most = Number(view.spec.tags["@MAXCHECKED"] ?? 0);
  if (!most || view.missingCode || view.locked) return 0;
  const full = view.checked().length >= most;
  for (const one of view.controls) one.disabled = full && !one.checked;
  return full ? most : 0;
}

// In a ranked matrix each column is given once.
function rank(page, view) {
  for (const other of page.views.values()) {
    const same = other !== view && other.form === view.form && other.row.dataset.ranking === view.row.dataset.ranking;
    if (same && other.value && other.value === view.value) {
      other.value = "";
      page.changed(other);
    }
  }
}
