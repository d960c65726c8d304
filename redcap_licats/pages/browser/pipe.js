// Values piped into texts.

function piped(page, form, what) {
  if (what.smart) return page.record.smart(form, { ...what, name: what.smart });
  const field = page.config.fields[what.field];
  const raw = page.record.value(form, { ...what, option: "" });
  if (field.kind === "checkbox") return pipedBoxes(page, form, what, field, raw);
  if (raw === "" || what.option === "value") return raw;
  if (page.missingCodes.has(raw) && !field.choices?.[raw]) return page.say(page.config.missing[raw]);
  if (field.choices) return page.say(field.choices[raw] ?? raw);
  return shownDate(raw, field.order);
}

function pipedBoxes(page, form, what, field, raw) {
  if (what.code) return what.option === "value" ? raw : page.text(raw === "1" ? "checked" : "unchecked");
  const wanted = what.option === "unchecked" ? "0" : "1";
  return Object.keys(field.choices ?? {})
    .filter((code) => page.record.value(form, { ...what, option: "", code }) === wanted)
    .map((code) => (what.option === "value" ? code : page.say(field.choices[code])))
    .join(", ");
}

function showPipes(page) {
  for (const { span, form, what } of page.pipes) {
    const text = piped(page, form, what) || page.text("blank_pipe");
    if (span.textContent !== text) span.textContent = text;
  }
}

function findPipes(page) {
  page.pipes = page.forms.flatMap((form) =>
    [...form.root.querySelectorAll(".pipe")].map((span) => ({ span, form, what: JSON.parse(span.dataset.pipe) })),
  );
}

// A default value: texts and what is piped between them.
function joined(page, form, parts) {
  return parts
    .map((part) => (typeof part === "string" ? part : piped(page, form, { option: "value", ...part })))
    .join("");
}
