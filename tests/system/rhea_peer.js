// Clients written with rhea: node rhea_peer.js SCENARIO tcp|ws PORT [PORT FOR CONTAINERS]
// Prints what happened as one JSON object and ends with status 0.
'use strict';

const crypto = require('crypto');
const rhea = require('rhea');

const [scenario, carrier, port, brokers] = process.argv.slice(2);

function connect(name, options = {}) {
  const container = rhea.create_container({ id: name });
  if (carrier === 'tcp') {
    const where = { host: '127.0.0.1', port: Number(port) };
    return container.connect({ ...where, reconnect: false, ...options });
  }
  const dial = container.websocket_connect(require('ws'));
  return container.connect({
    connection_details: dial(`ws://127.0.0.1:${port}`, ['amqp']), reconnect: false, ...options,
  });
}

let finished = false;

function finish(result) {
  if (finished) return;
  finished = true;
  process.stdout.write(JSON.stringify(result) + '\n', () => process.exit(0));
}

function digest(buffer) {
  return crypto.createHash('sha256').update(buffer).digest('hex');
}

const scenarios = {
  // Whether a user is let in by PLAIN, the one mechanism with a password that rhea has.
  login() {
    const [username, password] = process.argv.slice(5);
    const connection = connect('user', { username, password });
    connection.on('connection_open', () => finish({ open: true }));
    connection.on('disconnected', () => finish({ open: false }));
    connection.on('connection_error', () => finish({ open: false }));
  },

  // Whether who shows a token is let in, and what it was told before.
  bearer() {
    const [token] = process.argv.slice(5);
    const mechanisms = rhea.sasl.client_mechanisms();
    let told = null;
    mechanisms.OAUTHBEARER = () => ({
      start: (done) => done(undefined, Buffer.from(`n,,\x01auth=Bearer ${token}\x01\x01`)),
      step: (challenge, done) => {
        told = challenge.toString();
        done(undefined, Buffer.from('\x01'));
      },
    });
    const connection = connect('user', { sasl_mechanisms: mechanisms });
    connection.on('connection_open', () => finish({ open: true, told }));
    connection.on('disconnected', () => finish({ open: false, told }));
    connection.on('connection_error', () => finish({ open: false, told }));
  },

  // One message for each outcome; what the producer hears of it.
  outcomes() {
    const consumer = connect('consumer');
    const producer = connect('producer');
    const names = ['accept', 'reject', 'release', 'modify'];
    const heard = {};
    const receiver = consumer.open_receiver({ source: 'q', autoaccept: false, credit_window: 0 });
    receiver.on('receiver_open', () => {
      receiver.add_credit(10);
      const options = { target: 'q', treat_modified_as_released: false };
      producer.open_sender(options).once('sendable', ({ sender }) => {
        sender.send({ body: names[0] });
      });
    });
    receiver.on('message', ({ message, delivery }) => {
      switch (message.body) {
        case 'accept': return delivery.accept();
        case 'reject': return delivery.reject({ condition: 'app:bad', description: 'no good' });
        case 'release': return delivery.release();
        default: return delivery.modified({
          delivery_failed: true,
          undeliverable_here: true,
          message_annotations: { why: 'full' },
        });
      }
    });
    const note = (event) => ({ delivery, sender }) => {
      const state = delivery.remote_state || {};
      heard[names[Object.keys(heard).length]] = {
        event,
        condition: state.error && state.error.condition,
        description: state.error && state.error.description,
        failed: state.delivery_failed,
        undeliverable: state.undeliverable_here,
        annotations: state.message_annotations,
      };
      // One at a time: rhea joins outcomes of neighbours that are not the same.
      const next = names[Object.keys(heard).length];
      if (next) sender.send({ body: next });
      else finish(heard);
    };
    for (const event of ['accepted', 'rejected', 'released', 'modified']) {
      producer.on(event, note(event));
    }
  },

  // A message of 32 MiB with all sections.
  large() {
    const consumer = connect('consumer');
    const producer = connect('producer');
    const payload = crypto.randomBytes(32 * 1024 * 1024);
    const message = {
      durable: true,
      priority: 7,
      ttl: 600000,
      delivery_annotations: { 'x-opt-hop': 'one' },
      message_annotations: { 'x-opt-kept': 'yes', 'x-opt-count': 3 },
      message_id: 'id-1',
      user_id: Buffer.from('user'),
      subject: 'subject',
      reply_to: 'reply',
      correlation_id: 'c-1',
      content_type: 'application/octet-stream',
      group_id: 'g',
      group_sequence: 4,
      application_properties: { colour: 'blue', count: 3, exact: 1.5, ok: true },
      body: rhea.message.data_section(payload),
      footer: { 'x-opt-sum': 'abc' },
    };
    let outcome = 'none';
    let arrived;
    const done = () => {
      if (outcome === 'none' || !arrived) return;
      const same = {};
      for (const key of Object.keys(message)) {
        if (key === 'body') continue;
        same[key] = JSON.stringify(arrived[key]) === JSON.stringify(message[key]);
      }
      finish({
        outcome, same, sent: digest(payload), received: digest(arrived.body.content),
      });
    };
    consumer.open_receiver('q').on('receiver_open', () => {
      producer.open_sender('q').once('sendable', ({ sender }) => sender.send(message));
    });
    consumer.on('message', (context) => { arrived = context.message; done(); });
    producer.on('accepted', () => { outcome = 'accepted'; done(); });
    producer.on('released', () => { outcome = 'released'; done(); });
  },

  // To an exchange: who got which subjects, and what the producer heard.
  subjects() {
    const subjects = ['eu.alarm', 'eu.news', 'us.alarm', 'us.news'];
    const got = { n1: [], n2: [], outcomes: [] };
    const consumer = connect('consumer');
    const producer = connect('producer');
    let open = 0;
    const start = () => {
      if (++open < 2) return;
      producer.open_sender('x').once('sendable', ({ sender }) => sender.send({ subject: subjects[0], body: 0 }));
    };
    for (const name of ['n1', 'n2']) {
      const receiver = consumer.open_receiver(name);
      receiver.on('receiver_open', start);
      receiver.on('message', ({ message }) => got[name].push(message.subject));
    }
    for (const event of ['accepted', 'rejected', 'released', 'modified']) {
      producer.on(event, ({ sender }) => {
        got.outcomes.push(event);
        const next = subjects[got.outcomes.length];
        if (next) sender.send({ subject: next, body: 0 });
        else finish(got);
      });
    }
  },

  // Ten requests; the answers come to a dynamic address, sent by an anonymous sender.
  requests() {
    const service = connect('service');
    const client = connect('client');
    const answers = [];
    const replies = service.open_sender({ target: {} });
    service.open_receiver('service').on('receiver_open', () => {
      const inbox = client.open_receiver({ source: { dynamic: true } });
      inbox.on('receiver_open', () => {
        const address = inbox.source.address;
        client.open_sender('service').once('sendable', ({ sender }) => {
          for (let i = 0; i < 10; ++i) {
            sender.send({ reply_to: address, correlation_id: i, body: i });
          }
        });
      });
      inbox.on('message', ({ message }) => {
        answers.push([message.correlation_id, message.body]);
        if (answers.length === 10) finish({ answers });
      });
    });
    service.on('message', ({ message }) => {
      replies.send({
        to: message.reply_to, correlation_id: message.correlation_id, body: 2 * message.body,
      });
    });
  },

  // A message format that is not 0 goes through.
  format() {
    const consumer = connect('consumer');
    const producer = connect('producer');
    consumer.open_receiver('q').on('receiver_open', () => {
      producer.open_sender('q').once('sendable', ({ sender }) => {
        sender.send(Buffer.from([0, 0x53, 0x75, 0xa0, 1, 65]), undefined, 0x1234);
      });
    });
    consumer.on('message', ({ delivery }) => finish({ format: delivery.format }));
  },

  // A connection on which nothing happens, of a client that takes 400 ms of silence for its end.
  heartbeats() {
    const client = connect('client', { idle_time_out: 200 });
    client.on('disconnected', () => finish({ kept: false }));
    client.on('connection_open', () => {
      let frames = 0;
      const read = client.transport.read;
      client.transport.read = function count(...input) {
        if (++frames === 12) finish({ kept: true });
        return read.apply(this, input);
      };
    });
  },

  // A client and a broker, both rhea, and what each sees of the other through a link route.
  routed() {
    const seen = {};
    const broker = rhea.create_container({ id: 'broker' });
    broker.on('sender_open', ({ sender }) => {
      const asked = sender.remote.attach;
      sender.set_source(sender.source);
      if (!asked.properties || !asked.properties.reason) return;  // not the client's
      seen.asked = {
        properties: asked.properties,
        desired: asked.desired_capabilities,
        size: Number(asked.max_message_size),
        settles: [asked.snd_settle_mode, asked.rcv_settle_mode],
        filter: sender.source.filter,
        capabilities: sender.source.capabilities,
        outcomes: sender.source.outcomes,
        target: sender.target.address,
      };
      sender.set_target(sender.target);
      sender.local.attach.offered_capabilities = ['kept', 'fast'];
      sender.local.attach.properties = { shard: 3 };
      sender.local.attach.max_message_size = 4321;
    });
    broker.once('sendable', ({ sender }) => {
      sender.send(Buffer.from([0, 0x53, 0x75, 0xa0, 1, 65]), Buffer.from('the-tag'), 7);
    });
    broker.on('modified', ({ delivery, sender }) => {
      const state = delivery.remote_state;
      seen.modified = [state.delivery_failed, state.undeliverable_here, state.message_annotations];
      sender.close({
        condition: 'app:gone', description: 'moved', info: { where: 'there', port: 5 },
      });
    });
    broker.connect({ host: '127.0.0.1', port: Number(brokers), reconnect: false });
    const ask = () => {
      const client = connect('client');
      const receiver = client.open_receiver({
        name: 'mine',
        source: {
          address: 'queues.q',
          filter: rhea.filter.selector("colour = 'green'"),
          capabilities: ['queue', 'browse'],
          outcomes: ['amqp:accepted:list', 'amqp:modified:list'],
        },
        target: { address: 'my end' },
        properties: { reason: 'test', count: 2 },
        desired_capabilities: ['shared'],
        max_message_size: 99999,
        snd_settle_mode: 0,
        rcv_settle_mode: 0,
        credit_window: 0,
        autoaccept: false,
        treat_modified_as_released: false,
      });
      client.on('receiver_error', () => {});
      receiver.on('receiver_open', () => {
        const answer = receiver.remote.attach;
        if (!answer.source) return;  // it is refused
        seen.answered = {
          properties: answer.properties,
          offered: answer.offered_capabilities,
          size: Number(answer.max_message_size),
          filter: receiver.source.filter,
        };
        receiver.add_credit(1);
      });
      receiver.on('message', ({ delivery }) => {
        seen.message = [delivery.tag.toString(), delivery.format];
        delivery.modified({
          delivery_failed: true, undeliverable_here: true, message_annotations: { why: 'full' },
        });
      });
      receiver.on('receiver_close', () => {
        const error = receiver.error;
        if (error && error.condition === 'qd:no-route-to-dest') {
          client.close();
          setImmediate(ask);  // the broker is not there yet
          return;
        }
        seen.detached = error && [error.condition, error.description, error.info];
        finish(seen);
      });
    };
    ask();
  },

  // Credit that is drained ends with the messages there are.
  drain() {
    const consumer = connect('consumer');
    const producer = connect('producer');
    const bodies = [];
    const receiver = consumer.open_receiver({ source: 'q', credit_window: 0 });
    receiver.on('receiver_open', () => {
      receiver.drain = true;
      receiver.add_credit(5);
    });
    receiver.once('receiver_drained', () => {
      receiver.drain = false;
      receiver.add_credit(3);
      producer.open_sender('q').once('sendable', ({ sender }) => {
        for (let i = 0; i < 5; ++i) sender.send({ body: i });
      });
    });
    receiver.on('message', ({ message }) => {
      bodies.push(message.body);
      if (bodies.length === 3) finish({ bodies, credit: receiver.credit });
    });
  },

  // Two transactions at one broker, of which one is aborted, and one that a second broker is part
  // of. rhea has no calls for them, and writes no state of what it sends.
  transactions() {
    const { types } = rhea;
    const frames = require('rhea/lib/frames.js');
    types.wrap_delivery_state = (state) => state;
    const states = new Map();  // of messages, by delivery
    const { transfer } = frames;
    frames.transfer = (fields) =>
      transfer({ ...fields, state: states.get(fields.delivery_tag.toString()) });
    const described = (code, fields) =>
      types.described_nc(types.wrap_ulong(code), types.wrap_list(fields));
    const connection = connect('worker');
    const answers = new Map();  // who waits for them, by delivery
    let number = 0;
    // A message whose body is the encoded value; resolves to what is said of it.
    const send = (sender, value, state) => new Promise((resolve) => {
      const tag = Buffer.from(`${number++}`);
      answers.set(tag.toString(), resolve);
      if (state) states.set(tag.toString(), state);
      sender.send(Buffer.concat([Buffer.from([0x00, 0x53, 0x77]), value]), tag, 0);
    });
    connection.on('settled', ({ delivery }) => {
      answers.get(delivery.tag.toString())(delivery.remote_state);
    });
    const open = (options, coordinator = false) => new Promise((resolve) => {
      const sender = connection.open_sender(options);
      if (coordinator) sender.local.attach.target = described(0x30, []);
      sender.once('sendable', () => resolve(sender));
    });
    const text = (word) => Buffer.from([0xa1, word.length, ...Buffer.from(word)]);
    const heard = {};
    const work = async () => {
      const control = await open({}, true);
      const out = await open('out');
      const parts = await open('parts');
      const declare = async () => {
        const state = await send(control, Buffer.from([0x00, 0x53, 0x31, 0x45]));
        return types.unwrap(state.value[0]);
      };
      const discharge = (name, fail) => send(control, Buffer.from(
        [0x00, 0x53, 0x32, 0xc0, name.length + 4, 2, 0xa0, name.length, ...name,
          fail ? 0x41 : 0x42]));
      const within = (name) => described(0x34, [types.wrap_binary(name)]);
      for (const fail of [true, false]) {
        const name = await declare();
        await send(out, text('a'), within(name));
        send(out, text('b'), within(name));
        const end = await discharge(name, fail);
        heard[fail ? 'aborted' : 'committed'] = end.constructor.composite_type;
      }
      const name = await declare();
      await send(out, text('a'), within(name));
      const second = await send(parts, text('b'), within(name));
      heard.second = second.constructor.composite_type;
      heard.condition = second.error.condition;
      heard.failed = (await discharge(name, false)).error.condition;
      finish(heard);
    };
    work().catch((error) => { console.error(error); process.exit(1); });
  },
};

scenarios[scenario]();
