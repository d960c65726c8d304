// What logic sees: the fields on the page, then what the rest of the record holds.

class RecordView {
  constructor(page) {
    this.page = page;
  }

  // The scope that the logic of a form is evaluated on.
  scope(form) {
    return {
      value: (reference) => this.value(form, reference),
      smart: (variable) => this.smart(form, variable),
      now: this.now(),
      missing: this.page.missingCodes,
    };
  }

  now() {
    if (this.page.config.now) return this.page.config.now;
    const now = new Date();
    return [
      now.getFullYear(), now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes(), now.getSeconds(),
    ];
  }

  value(form, reference) {
    const field = this.page.config.fields[reference.field];
    if (!field) return "";
    if (reference.field === this.page.config.recordId && this.page.config.record) return this.page.config.record;
    const event = this.event(form, reference.event ?? "");
    const live = this.live(form, reference, event);
    if (live) return reference.code ? (live.has(reference.code) ? "1" : "0") : this.told(field, live.value, reference);
    const column = reference.code ? `${reference.field}___${exportCode(reference.code)}` : reference.field;
    const stored = this.row(form, field.form, event, reference.instance ?? "")?.[column] ?? "";
    if (reference.code) return stored === "1" ? "1" : "0";
    return this.told(field, stored, reference);
  }

  told(field, value, reference) {
    if (reference.option !== "label" || !field.choices) return value;
    return field.choices[value]?.[this.page.config.languages[0]] ?? value;
  }

  // The field itself, where it stands on the page in the event and instance that are meant.
  live(form, reference, event) {
    const view = this.page.views.get(reference.field);
    if (!view || view.form.event !== event) return null;
    const named = reference.instance ?? "";
    if (named === "" || named === "current-instance") {
      return view.form === form || this.page.forms.length > 1 || !this.repeats(view.form.form, event) ? view : null;
    }
    return this.instance(form, view.form.form, event, named) === view.form.instance ? view : null;
  }

  repeats(name, event) {
    return this.page.config.repeatingForms[event]?.includes(name) || this.page.config.repeatingEvents.includes(event);
  }

  row(form, name, event, named) {
    const { rows, repeatingForms, repeatingEvents } = this.page.config;
    const repeating = repeatingForms[event]?.includes(name) ? name : "";
    const number =
      repeating || repeatingEvents.includes(event) ? this.instance(form, name, event, named) : 1;
    return rows.find((one) => one.event === event && one.form === repeating && one.instance === number)?.values;
  }

  instance(form, name, event, named) {
    const repeating = this.page.config.repeatingForms[event]?.includes(name) ? name : "";
    const numbers = this.page.config.rows
      .filter((one) => one.event === event && one.form === repeating)
      .map((one) => one.instance);
    if (form.event === event && (repeating === form.form || !repeating)) numbers.push(form.instance);
    switch (named) {
      case "":
        return form.event === event && (repeating === form.form || !repeating) ? form.instance : 0;
      case "current-instance":
        return form.instance;
      case "previous-instance":
        return form.instance - 1;
      case "next-instance":
        return form.instance + 1;
      case "first-instance":
        return numbers.length ? Math.min(...numbers) : 0;
      case "last-instance":
        return numbers.length ? Math.max(...numbers) : 0;
      default:
        return Number(named) || 0;
    }
  }

  event(form, named) {
    const { events } = this.page.config;
    if (!events.length) return "";
    if (!named || named === "event-name") return form.event;
    const arm = events.find((one) => one.name === form.event)?.arm;
    const names = events.filter((one) => one.arm === arm).map((one) => one.name);
    const at = names.indexOf(form.event);
    switch (named) {
      case "first-event-name":
        return names[0];
      case "last-event-name":
        return names[names.length - 1];
      case "previous-event-name":
        return names[at - 1] ?? "";
      case "next-event-name":
        return names[at + 1] ?? "";
      default:
        return named;
    }
  }

  smart(form, variable) {
    const { smart, record, events } = this.page.config;
    const name = variable.name ?? variable.smart;
    if (Object.hasOwn(smart, name)) return smart[name];
    if (name.endsWith("-instance")) {
      const number = this.instance(form, form.form, form.event, name);
      return number > 0 ? String(number) : "";
    }
    if (name.endsWith("event-name")) return this.event(form, name);
    const event = events.find((one) => one.name === form.event);
    switch (name) {
      case "record-name":
        return record;
      case "instrument-name":
        return form.form;
      case "event-label":
        return event?.label ?? "";
      case "arm-number":
        return event ? String(event.arm) : "1";
      case "is-form":
        return "1";
      default:
        return "";
    }
  }
}
