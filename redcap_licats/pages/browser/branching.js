// Calculations and branching: whatever follows from the values that are given now.

const MOST_ROUNDS = 20; // logic that goes in a circle would go on for ever

function calculate(page) {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    let moved = false;
    for (const view of page.computed) {
      const value = view.spec.calc(page.record.scope(view.form));
      if (value !== view.value) {
        view.value = value;
        moved = true;
      }
    }
    if (!moved) return;
  }
}

// Show what is asked for and hide what is not; give the filled fields about which a person has to decide.
function branch(page) {
  const filledOnes = [];
  for (const view of page.branching) {
    const wanted = view.spec.branch(page.record.scope(view.form));
    if (wanted && view.kept) {
      view.kept = false;
      check(page, view);
    }
    if (wanted || view.row.dataset.never !== undefined) {
      show(view, wanted && view.row.dataset.never === undefined);
    } else if (view.shown && !view.kept) {
      if (view.blank || view.spec.calc || view.form.readonly || page.config.keepsHidden) show(view, false);
      else filledOnes.push(view);
    }
    if (view.kept && view.blank) {
      view.kept = false;
      show(view, false);
    }
  }
  return filledOnes;
}

function show(view, on) {
  view.row.hidden = !on;
}

function showSections(page) {
  for (const form of page.forms) {
    for (const whole of form.root.querySelectorAll("table.matrix, section:not(.status)")) {
      whole.hidden = !whole.querySelector(".row:not([hidden])");
    }
  }
}

async function decide(page, views) {
  page.deciding = true;
  const answer = await ask(page, {
    title: page.text("erase_title"),
    text: page.text("erase_text"),
    list: views.map((view) => view.label()),
    answers: [
      { value: "erase", text: page.text("erase_yes") },
      { value: "keep", text: page.text("erase_no"), main: true },
    ],
  });
  page.deciding = false;
  for (const view of views) {
    if (answer === "erase") {
      view.clear();
      show(view, false);
    } else {
      view.kept = true;
    }
    check(page, view);
    showMissing(page, view);
  }
  refresh(page);
}

// Bring the page in line with its values. ``first``: as it was loaded, when nobody is asked.
function refresh(page, first = false) {
  calculate(page);
  let open = branch(page);
  for (let round = 0; round < MOST_ROUNDS && first && open.length; round += 1) {
    for (const view of open) {
      view.kept = true;
      check(page, view);
    }
    open = branch(page);
  }
  calculate(page);
  showSections(page);
  showPipes(page);
  if (open.length && !page.deciding) decide(page, open);
}
