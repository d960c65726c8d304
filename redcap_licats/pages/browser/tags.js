// Values that action tags give to a form which is opened for the first time.

function applyTags(page, view) {
  const { tags, validation, start, always } = view.spec;
  if (always) view.value = joined(page, view.form, always);
  if (view.form.filled || view.form.readonly || !view.blank || view.spec.calc) return;
  if (start) view.value = joined(page, view.form, start);
  const named = ["@TODAY", "@NOW", "@TODAY-SERVER", "@NOW-SERVER", "@TODAY-UTC", "@NOW-UTC"].find((one) => one in tags);
  if (named) {
    const type = validation || (named.startsWith("@NOW") ? "datetime_seconds_ymd" : "date_ymd");
    view.value = moment(page, type, named.endsWith("-UTC"));
  }
  if ("@USERNAME" in tags) view.value = page.config.smart["user-name"] ?? "";
}
