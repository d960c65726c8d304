// The page as a whole: its forms, what happens on a change and on a save.

class Page {
  constructor(config) {
    this.config = config;
    this.language = config.language;
    this.missingCodes = new Set(Object.keys(config.missing));
    this.record = new RecordView(this);
    this.forms = config.forms.map((form) => ({ ...form, root: document.getElementById(`form-${form.form}`) }));
    this.views = new Map();
    for (const form of this.forms) {
      for (const spec of form.fields) this.views.set(spec.name, new View(form, spec));
    }
    const views = [...this.views.values()];
    this.computed = views.filter((view) => view.spec.calc);
    this.branching = views.filter((view) => view.spec.branch);
    this.deciding = false;
  }

  text(key, values = {}) {
    return filled(this.config.texts[this.language][key], values);
  }

  // A text that is given in every language.
  say(texts) {
    return typeof texts === "string" ? texts : texts[this.language];
  }

  changed(view) {
    check(this, view);
    if (view.notice) {
      view.said = view.notice;
      view.notice = null;
      showMessage(this, view);
    }
    showMissing(this, view);
    showLeft(this, view);
    refresh(this);
  }

  start() {
    findPipes(this);
    for (const view of this.views.values()) {
      offerMissing(this, view);
      wire(this, view);
      applyTags(this, view);
      check(this, view);
    }
    for (const form of this.forms) {
      form.root.addEventListener("change", (event) => {
        const view = this.views.get(event.target.closest("[data-field]")?.dataset.field);
        if (view) this.changed(view);
      });
      const element = form.root.closest("form");
      element?.addEventListener("submit", (event) => this.submitted(event, form, element));
    }
    offerLanguages(this);
    refresh(this, true);
    setLanguage(this, this.language);
    document.documentElement.dataset.licats = "ready";
  }

  async submitted(event, form, element) {
    const { confirmed } = form;
    form.confirmed = false;
    if (event.submitter?.formNoValidate || confirmed || form.readonly) return;
    const shown = [...this.views.values()].filter((view) => view.form === form && view.shown);
    const wrong = shown.filter((view) => fault(this, view)?.stops);
    const empty = shown.filter((view) => view.spec.required && view.blank);
    if (!wrong.length && !empty.length) return;
    event.preventDefault();
    const kind = wrong.length ? "wrong" : "required";
    const first = (wrong.length ? wrong : empty)[0];
    const back = { value: "", text: this.text("go_back"), main: true };
    const answer = await ask(this, {
      title: this.text(`${kind}_title`),
      text: this.text(`${kind}_text`),
      list: (wrong.length ? wrong : empty).map((view) => view.label()),
      answers: wrong.length ? [back] : [{ value: "save", text: this.text("save_anyway") }, back],
    });
    if (answer === "save") {
      form.confirmed = true;
      element.requestSubmit(event.submitter ?? undefined);
    } else {
      first.focus();
    }
  }
}

// Ask in a dialog; gives the value of the answer, '' where it was closed.
function ask(page, { title, text, list = [], answers }) {
  const dialog = document.createElement("dialog");
  dialog.className = "licats-dialog";
  dialog.lang = page.language;
  const heading = document.createElement("h2");
  heading.id = "licats-dialog-title";
  heading.textContent = title;
  dialog.setAttribute("aria-labelledby", heading.id);
  const says = document.createElement("p");
  says.textContent = text;
  dialog.append(heading, says);
  if (list.length) {
    const items = document.createElement("ul");
    for (const one of list) items.appendChild(document.createElement("li")).textContent = one;
    dialog.append(items);
  }
  const buttons = dialog.appendChild(document.createElement("div"));
  buttons.className = "answers";
  for (const answer of answers) {
    const button = buttons.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = answer.text;
    button.autofocus = Boolean(answer.main);
    button.addEventListener("click", () => dialog.close(answer.value));
  }
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

const start = (config) => new Page(config).start();
