// One field on the page: what it holds and how that is set. Values are as REDCap stores them.

const SHOWN_DATE = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(.*)$/s;
const STORED_DATE = /^(\d{4})-(\d{2})-(\d{2})(.*)$/s;
const two = (number) => String(number).padStart(2, "0");
const exportCode = (code) => code.toLowerCase().replace(/[^a-z0-9]/g, "_");

function storedDate(text, order) {
  const parts = SHOWN_DATE.exec(text);
  if (!parts || !order || order === "ymd") return text;
  const [day, month] = order === "dmy" ? [parts[1], parts[2]] : [parts[2], parts[1]];
  return `${parts[3]}-${two(month)}-${two(day)}${parts[4]}`;
}

function shownDate(value, order) {
  const parts = STORED_DATE.exec(value);
  if (!parts || !order || order === "ymd") return value;
  const [, year, month, day, clock] = parts;
  return order === "dmy" ? `${day}-${month}-${year}${clock}` : `${month}-${day}-${year}${clock}`;
}

class View {
  constructor(form, spec) {
    this.form = form;
    this.spec = spec;
    this.row = document.getElementById(`${form.form}--${spec.name}`);
    this.missing = this.row.querySelector("[data-missing]");
    this.mirrors = [...this.row.querySelectorAll("[data-mirror]")];
    this.controls = [...this.row.querySelectorAll("input, select, textarea")].filter(
      (one) => one !== this.missing && !this.mirrors.includes(one),
    );
    this.held = this.row.querySelector("[data-slider]") ?? this.controls[0];
    this.message = this.row.querySelector(".message");
    this.said = null; // what the message says: a key of the texts and what fills it
    this.kept = false; // stays shown though its condition does not hold
  }

  get kind() {
    return this.row.dataset.kind;
  }

  get shown() {
    return !this.row.hidden;
  }

  get locked() {
    return this.form.readonly || this.mirrors.length > 0;
  }

  get missingCode() {
    return this.missing && !this.missing.disabled ? (this.missing.dataset.code ?? this.missing.value) : "";
  }

  get value() {
    if (this.missingCode) return this.missingCode;
    switch (this.kind) {
      case "radio":
        return this.controls.find((one) => one.checked)?.value ?? "";
      case "checkbox":
        return this.checked().join(",");
      case "file":
        return this.held.files[0]?.name ?? this.row.querySelector(".stored")?.textContent ?? "";
      case "descriptive":
        return "";
      default:
        return storedDate(this.held.value.trim(), this.spec.order);
    }
  }

  get blank() {
    return this.value === "";
  }

  checked() {
    return this.controls.filter((one) => one.checked).map((one) => one.dataset.code);
  }

  has(code) {
    const wanted = exportCode(code);
    if (this.missingCode) return exportCode(this.missingCode) === wanted;
    return this.controls.some((one) => one.checked && exportCode(one.dataset.code) === wanted);
  }

  set value(value) {
    switch (this.kind) {
      case "radio":
        for (const one of this.controls) one.checked = one.value === value;
        break;
      case "checkbox": {
        const codes = value.split(",").map((one) => one.trim());
        for (const one of this.controls) one.checked = codes.includes(one.dataset.code);
        break;
      }
      case "slider":
        this.held.value = value;
        if (value !== "") this.controls.find((one) => one.type === "range").value = value;
        this.row.querySelector("output").textContent = value === "" ? "–" : value;
        break;
      case "file":
        this.held.value = "";
        break;
      default:
        if (this.held) this.held.value = shownDate(value, this.spec.order);
    }
    for (const one of this.mirrors) {
      one.value = one.dataset.code === undefined ? value : this.has(one.dataset.code) ? "1" : "0";
    }
  }

  clear() {
    if (this.missing) setMissing(this, "");
    this.value = "";
  }

  label() {
    const label = document.getElementById(`${this.row.id}-label`);
    return label ? visibleText(label) : this.spec.name;
  }

  focus() {
    (this.controls.find((one) => !one.disabled && one.type !== "hidden") ?? this.row.querySelector("button"))?.focus();
  }
}

function visibleText(element) {
  const copy = element.cloneNode(true);
  for (const one of copy.querySelectorAll("[hidden], .code")) one.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}
