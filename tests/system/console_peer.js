// A person at the web console: Chromium, driven by Playwright; axe-core looks at each page.
// usage: node console_peer.js SCENARIO SCREENSHOT BASE [ARGUMENT…]   prints what was seen as JSON
"use strict";
const { chromium } = require("playwright-core");
const axe = require("axe-core");

const [scenario, screenshot, base, ...given] = process.argv.slice(2);
const TIMEOUT = (Number(process.env.WEFT_TIMEOUT ?? 30) * 1000) / 2; // of one step; the test waits longer
const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 800 };
const LARGE = { width: 3840, height: 2160 };

class Person {
  constructor(page) {
    this.page = page;
    this.seen = { faults: [], bytes: 0, streams: 0, told: 0, lists: 0 };
    const origin = new URL(base).origin;
    page.on("pageerror", (error) => this.seen.faults.push(`script: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
        this.seen.faults.push(`console: ${message.text()}`);
      }
    });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) this.seen.faults.push(`asked elsewhere: ${request.url()}`);
    });
    page.on("request", (request) => {
      if (request.method() === "GET" && /\/api\/router\.address\?/.test(request.url())) ++this.seen.lists;
    });
    page.on("websocket", (socket) => {
      ++this.seen.streams;
      socket.on("framereceived", () => ++this.seen.told);
    });
    page.on("response", async (response) => {
      if (/\/console\//.test(response.url())) this.seen.bytes += Number(response.headers()["content-length"] ?? 0);
    });
  }

  async open(view) {
    await this.page.goto(`${base}/console/${view}`);
  }

  async go(title) {
    await this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: title, exact: true }).click();
    await this.heading(title);
  }

  async heading(title) {
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  /** The row that shows that text, once there is one. */
  async row(text) {
    const row = this.page.getByRole("row").filter({ hasText: text }).first();
    await row.waitFor();
    return row;
  }

  async text(words) {
    await this.page.getByText(words).first().waitFor();
  }

  /** Until the page's rows are so many, without its head. */
  async rows(count) {
    const rows = this.page.locator("tbody tr");
    await rows.nth(count - 1).waitFor();
    await rows.nth(count).waitFor({ state: "detached" });
  }

  /** The dialog of a change: it is done once its name is typed, where it asks for one. */
  async change(name, typed) {
    const dialog = this.page.getByRole("dialog");
    await dialog.waitFor();
    const button = dialog.getByRole("button", { name, exact: true });
    if (typed) {
      await this.examine(`the dialog ${name}`);
      if (await button.isEnabled()) this.seen.faults.push(`${name} can be done without a typed name`);
      await dialog.getByRole("textbox").fill(typed);
    }
    await button.click();
    const said = dialog.getByText(/\d+ messages? w|Done\.|\d+ of \d+ done\./);
    await said.waitFor();
    const words = await said.textContent();
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    return words;
  }

  /** What a screen reader, an eye that needs contrast, or a small screen would have trouble with. */
  async examine(name) {
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(axe.source);
      const found = await this.page.evaluate(() => window.axe.run());
      for (const violation of found.violations) {
        const where = violation.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ");
        this.seen.faults.push(`${name}, ${colorScheme}: ${violation.id}: ${violation.help}: ${where}`);
      }
    }
    for (const size of [NARROW, LARGE]) {
      await this.page.setViewportSize(size);
      const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) this.seen.faults.push(`${name}: ${over} pixels too wide for ${size.width}`);
    }
    await this.page.setViewportSize(WIDE);
    console.log(`examined ${name}`);
  }
}

const SCENARIOS = {
  async router(person) {
    const { page } = person;
    await page.goto(`${base}/console`);
    await person.heading("Overview");
    await person.text("router r1");
    await person.text("Links blocked");
    await person.examine("Overview");

    await person.go("Addresses");
    await person.row("orders/new");
    await person.examine("Addresses");
    const hostile = await person.row("<img src=x");
    person.seen.hostile = (await hostile.getByRole("cell").first().textContent()).trim();
    person.seen.images = await page.locator("img").count();

    await page.keyboard.press("/");
    await page.keyboard.type("ORDERS");
    await person.rows(1);
    await page.reload(); // the address of the view has the filter
    await person.rows(1);
    await person.row("orders/new");

    await page.locator("h1").click(); // away from the filter
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await person.heading("Connections");
    const row = await person.row("worker-7");
    await person.examine("Connections");
    await row.getByRole("link", { name: "worker-7" }).click();
    await person.heading("Links");
    await person.rows(2);
    await person.examine("Links");

    await person.go("Log");
    await person.row("accepted on clients");
    await person.examine("Log");
    await person.go("Configuration");
    await person.text("workerThreads");
    await person.examine("Configuration");
    await person.go("Map");
    await person.text("This router is alone");
    await person.examine("Map");
  },

  /** A console that can't have a stream asks instead. */
  async streamless(person) {
    const { page } = person;
    await page.routeWebSocket(/\/api\/stream/, (socket) => socket.close());
    await person.open("#/addresses");
    await person.row("orders/new");
    const asked = page.waitForRequest(/router\.address.*sort=distribution/);
    await page.getByRole("button", { name: "Distribution" }).click();
    await asked;
  },

  /** Who is not known logs in; a viewer sees, and is offered no change. */
  async viewer(person, user, password) {
    const { page } = person;
    await person.open("#/rules");
    await person.heading("Log in to this node");
    await person.examine("Login");
    await page.getByRole("textbox", { name: "User" }).fill(user);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await person.text("is wrong");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await person.heading("Rules");
    const row = await person.row("kept");
    await person.text("viewer");
    person.seen.buttons = await row.getByRole("button").count();
    person.seen.creates = await page.getByRole("link", { name: "Create an address" }).count();
    person.seen.byHand = await page.evaluate(async () => (await fetch("/api/router.config.address/kept", {
      method: "DELETE", headers: { Authorization: sessionStorage.getItem("weft.login") },
    })).status);
    person.seen.outlives = await page.evaluate(() => JSON.stringify(localStorage));
    await page.getByRole("button", { name: "Log out" }).click();
    await person.heading("Log in to this node");
    await page.getByRole("textbox", { name: "User" }).fill(user);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await person.row("kept");
    console.log("looking");
    const login = page.getByRole("heading", { name: "Log in to this node" });
    await login.waitFor({ timeout: 2 * TIMEOUT }); // who is no user any more is asked anew
  },

  async bulk(person) {
    const { page } = person;
    await person.open("#/rules");
    await person.rows(3);
    await page.getByLabel("Choose all of this page").check();
    await page.getByLabel("Choose stays").uncheck();
    await person.examine("Rules, chosen");
    await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("delete 2");
    await dialog.getByText("weft address delete one").waitFor();
    await dialog.getByRole("button", { name: "Delete 2 rules" }).click();
    await dialog.getByText("2 of 2 done.").waitFor();
    await person.rows(1);
    await dialog.getByRole("button", { name: "Undo" }).click();
    await dialog.getByRole("button", { name: "Undo: Delete 2 rules" }).click();
    await dialog.getByText("2 of 2 done.").waitFor();
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await person.rows(3);
    await person.open("#/security/audit");
    await person.row("delete");
    await person.examine("Audit");
  },

  async nodes(person) {
    const { page } = person;
    await person.open("#/nodes");
    await page.getByLabel("Host and port").fill("javascript:alert(1)");
    await page.getByRole("button", { name: "Keep" }).click();
    await person.text("Say where its http listener is");
    await page.getByLabel("Host and port").fill("10.0.0.7:8672");
    await page.getByLabel("Name").fill("spare");
    await page.getByRole("button", { name: "Keep" }).click();
    await page.reload();
    const link = page.getByRole("link", { name: "spare" });
    await link.waitFor();
    person.seen.link = await link.getAttribute("href");
    await person.examine("Other nodes");
    await page.getByRole("button", { name: "Forget spare" }).click();
    await person.text("No other console is kept");
  },

  /** What is seen of an address that others receive from, and what would become of it. */
  async ways(person) {
    const { page } = person;
    await person.open("#/map?flow=orders");
    await person.text("Receivers of orders are at c.");
    await page.locator("svg.map g.leaf").filter({ hasText: "broker-1" }).waitFor();
    await page.locator("svg.map path.flow").nth(1).waitFor();
    await person.examine("Map with a flow");
    await page.getByRole("link", { name: /^Router b/ }).click();
    await person.text("Not reached any more: c.");
    await person.text("1 address loses all of its receivers.");
    await person.examine("Map without a router");
    await page.getByRole("region", { name: "If b fails" }).getByRole("link", { name: "orders" }).click();
    await person.heading("Address orders");
    await person.text("It goes on to router b.");
    await person.text("a → b → c");
    await page.getByRole("region", { name: "Table of links of the address" }).getByText("sender").waitFor();
    await person.examine("Address");
    await person.go("Overview");
    await page.locator("figure.chart canvas").waitFor();
    await person.examine("Overview");
    await page.emulateMedia({ colorScheme: "light" });
    await person.open("#/map?flow=orders");
    await page.locator("svg.map path.flow").first().waitFor();
    person.seen.picture = (await page.screenshot({ path: screenshot })).length;
  },

  /** Long lists: what is drawn of them is bounded, and scrolling them holds nothing up. */
  async large(person, addresses) {
    const { page } = person;
    const frames = () => page.evaluate(() => new Promise((done) => {
      let [worst, last, left] = [0, performance.now(), 60];
      const step = (now) => {
        worst = Math.max(worst, now - last);
        last = now;
        scrollBy(0, 40);
        if (--left > 0) requestAnimationFrame(step);
        else done(Math.round(worst));
      };
      requestAnimationFrame(step);
    }));
    console.log("the console is open");
    person.seen.worstFrames = [];
    const lists = [["addresses", `${Number(addresses).toLocaleString("en")} rows`, "addr/0/0"], ["connections", "1,00[0-9] rows", "crowd-"]];
    for (const [view, total, sample] of lists) {
      await person.open(`#/${view}`);
      await person.row(sample);
      await person.text(new RegExp(total));
      const drawn = await page.locator("tbody tr").count();
      if (drawn > 100) person.seen.faults.push(`${view}: ${drawn} rows are drawn at once`);
      person.seen.worstFrames.push(await frames());
      console.log(`scrolled ${view}`);
    }
    await person.open("#/addresses?match=addr%2F77%2F7");
    await person.row("addr/77/7");
    await person.open("#/addresses?page=3");
    await person.rows(100);
  },

  async mesh(person) {
    const { page } = person;
    await person.open("#/map");
    const router = (name, kind = "") => page.locator(`svg.map g${kind} text`).filter({ hasText: new RegExp(`^${name}$`) });
    for (const name of ["a", "b", "c"]) await router(name).waitFor();
    person.seen.links = await page.locator("svg.map line").count();
    await person.examine("Map");
    console.log("looking");
    await router("c", ".lost").waitFor();
    await person.go("Overview");
    await (await person.row("lost")).getByRole("cell", { name: "c", exact: true }).waitFor();
    await person.examine("Overview");
  },

  async security(person) {
    await person.open("#/security");
    await person.row("orders/secret");
    await person.examine("Refusals");
    for (const [tab, text] of [["Vhosts", "$default"], ["Certificates", "Profile"]]) {
      await person.page.getByRole("link", { name: tab, exact: true }).click();
      await person.row(text);
      await person.examine(tab);
    }
  },

  async address(person) {
    const { page } = person;
    await person.open("#/rules");
    await page.getByRole("link", { name: "Create an address" }).click();
    await person.heading("Create an address");
    await page.getByRole("textbox", { name: "Address" }).fill("news");
    await page.getByRole("combobox", { name: "Type" }).selectOption("multicast");
    await person.text("weft address create news --type multicast --scope node");
    await person.examine("Create an address");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("link", { name: "See news" }).click();
    await person.text("nobody receives from this address");
    await person.examine("Address");
    await person.go("Rules");
    const row = await person.row("news");
    await person.examine("Rules");
    await row.getByRole("button", { name: "Delete" }).click();
    await person.change("Delete news", "news");
    await row.waitFor({ state: "detached" });
  },

  async connection(person) {
    await person.open("#/connections?match=worker");
    const row = await person.row("worker-7");
    await row.getByRole("button", { name: "Close" }).click();
    await person.change("Close worker-7");
    await row.waitFor({ state: "detached" });
  },

  async broker(person) {
    const { page } = person;
    await person.open("#/queues");
    await person.row("orders");
    await person.examine("Queues");
    await page.getByLabel("Choose orders").check();
    await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Purge" }).click();
    await person.change("Purge 1 queue", "purge 1");
    await (await person.row("orders")).getByRole("cell", { name: "0 B" }).waitFor();
    await person.go("Overview");
    await person.text("broker b1");
    await person.examine("Overview");
  },

  async messages(person) {
    const { page } = person;
    await person.open("#/queues");
    await (await person.row("orders")).getByRole("link", { name: "orders" }).click();
    await person.heading("Queue orders");
    await page.getByText("{\"tea\": 2}").first().click();
    await page.getByText("subject-of-tea").waitFor();
    await person.examine("Queue");
    await page.getByLabel("Choose message 2").check();
    await page.getByLabel("Queue to move them to").selectOption("spare");
    await page.getByRole("button", { name: "Move" }).click();
    const moved = await person.change("Move 1 of orders to spare");
    await page.getByText("All messages:").waitFor();
    await page.getByRole("button", { name: "Purge" }).click();
    const purged = await person.change("Purge all of orders", "orders");
    await person.text("The queue is empty.");

    await person.open("#/queue/%24dlq");
    await person.heading("Queue $dlq");
    await page.getByText("rotten").first().waitFor();
    await page.getByRole("button", { name: "Replay" }).click();
    const replayed = await person.change("Replay all of $dlq");
    person.seen.words = [moved, purged, replayed];
  },

  async gateway(person) {
    await person.open("#/overview");
    await person.text("Devices there");
    await person.page.locator(".fact").filter({ hasText: "Sessions" }).getByText("3").waitFor();
    await person.examine("Overview");
    await person.open("#/devices");
    await person.row("lamp-1");
    await person.examine("Devices");
    for (const [tab, text] of [["Sessions", "lamp-1"], ["Subscriptions", "sensors"], ["Retained", "sensors"]]) {
      await person.page.getByRole("link", { name: tab, exact: true }).click();
      await person.row(text);
      await person.examine(tab);
    }
    const { page } = person;
    await page.getByRole("link", { name: "Clients", exact: true }).click();
    const row = await person.row("lamp-1");
    await row.getByRole("button", { name: "Kick" }).click();
    await person.change("Kick lamp-1");
    await row.waitFor({ state: "detached" });
    for (const device of ["door-1", "door-2"]) await page.getByLabel(`Choose ${device}`).check();
    await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Kick" }).click();
    await person.change("Kick 2 devices", "kick 2");
    await person.text("No device is connected.");
  },

  async gone(person) {
    await person.open("#/addresses");
    await person.row("orders/new");
    console.log("looking");
    await person.text("The node does not answer");
    await person.row("orders/new"); // what it said last is still there
  },
};

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.WEFT_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"], // it opens nothing but our own pages
  });
  const page = await browser.newPage({ viewport: WIDE });
  page.setDefaultTimeout(TIMEOUT);
  const person = new Person(page);
  try {
    await SCENARIOS[scenario](person, ...given);
    console.log(JSON.stringify(person.seen));
  } catch (error) {
    await page.screenshot({ path: screenshot, fullPage: true }).catch(() => {});
    console.error(`${error.stack}\nat ${page.url()}; see ${screenshot}\n${JSON.stringify(person.seen)}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

main();
