// Missing-data codes: a menu beside the field sets one in place of a value.

function setMissing(view, code) {
  const { missing } = view;
  const checkbox = view.kind === "checkbox";
  if (code) view.value = "";
  missing.disabled = !code;
  missing.dataset.code = code;
  missing.name = checkbox && code ? `${view.spec.name}___${exportCode(code)}` : view.spec.name;
  missing.value = checkbox && code ? "1" : code;
  if (!code) delete missing.dataset.code;
  for (const one of view.controls) one.disabled = Boolean(code);
  view.row.classList.toggle("is-missing", Boolean(code));
}

function showMissing(page, view) {
  const line = view.row.querySelector(".missing-set");
  if (!line) return;
  const code = view.missingCode;
  line.hidden = !code;
  line.firstElementChild.textContent = code
    ? page.text("missing_set", { label: page.say(page.config.missing[code]), code })
    : "";
}

function offerMissing(page, view) {
  const stored = view.missing?.value;
  if (!view.missing) return;
  if (!view.missing.disabled && stored) setMissing(view, stored);
  view.row.querySelector("button.missing")?.addEventListener("click", async () => {
    const answers = Object.entries(page.config.missing).map(([code, label]) => ({
      value: code,
      text: `${page.say(label)} (${code})`,
    }));
    const code = await ask(page, {
      title: page.text("missing_title"),
      text: view.label(),
      answers: [...answers, { value: "", text: page.text("go_back"), main: true }],
    });
    if (!code) return view.focus();
    setMissing(view, code);
    page.changed(view);
    return view.row.querySelector("button.clear").focus();
  });
  view.row.querySelector("button.clear")?.addEventListener("click", () => {
    setMissing(view, "");
    page.changed(view);
    view.focus();
  });
}
