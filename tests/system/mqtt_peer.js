// MQTT clients written with MQTT.js, that a test drives: node mqtt_peer.js
// Reads one JSON object a line, `{"id": N, "client": NAME, "do": VERB, ...}`, and prints for each
// `{"id": N, "result": ...}` or `{"id": N, "error": ..., "code": ...}`; and what a client hears by
// itself, `{"client": NAME, "event": ...}`. Binaries are texts of characters 0 to 255.
'use strict';

const mqtt = require('mqtt');
const readline = require('readline');

const clients = {};

function say(what) {
  process.stdout.write(JSON.stringify(what) + '\n');
}

function bytes(text) {
  return Buffer.from(text, 'latin1');
}

function properties(given = {}) {
  const { correlationData: data } = given;
  return data === undefined ? given : { ...given, correlationData: bytes(data) };
}

function shown(given = {}) {
  const { correlationData: data } = given;
  return { ...given, ...(data && { correlationData: data.toString('latin1') }) };
}

function listen(name, client, { version, will }) {
  // As it is on the wire: an alias stands for its topic.
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'publish') client.wireTopic = packet.topic;
    if (['puback', 'pubrec'].includes(packet.cmd)) client.lastCode = packet.reasonCode;
  });
  client.on('message', (topic, payload, packet) => say({
    client: name, event: 'message', topic, payload: payload.toString('latin1'), qos: packet.qos,
    retain: packet.retain, wireTopic: client.wireTopic, properties: shown(packet.properties),
  }));
  client.on('disconnect', (packet) => say({
    client: name, event: 'told', code: packet.reasonCode,
  }));
  client.on('close', () => say({ client: name, event: 'closed' }));
}

const verbs = {
  connect(name, { url, options, will }, answer) {
    const client = mqtt.connect(url, {
      reconnectPeriod: 0, resubscribe: false, ...options,
      ...(will && { will: { ...will, payload: bytes(will.payload) } }),
    });
    clients[name] = client;
    listen(name, client, options);
    client.on('connect', (connack) => answer(null, { present: connack.sessionPresent }));
    client.on('error', (error) => answer(error));
  },
  publish(name, { topic, payload, options }, answer) {
    const given = { ...options, properties: properties(options.properties) };
    const client = clients[name];
    client.lastCode = 0;
    client.publish(topic, bytes(payload), given, (error) => {
      answer(error, { code: client.lastCode || 0 });
    });
  },
  subscribe(name, { filters, options }, answer) {
    const wanted = Object.fromEntries(filters.map((filter) => [filter, options]));
    const given = options.properties ? { properties: options.properties } : {};
    clients[name].subscribe(wanted, given, (error, granted, packet) => {
      answer(packet ? null : error, { codes: packet && packet.granted });
    });
  },
  unsubscribe(name, { filter }, answer) {
    clients[name].unsubscribe(filter, {}, (error) => answer(error, {}));
  },
  disconnect(name, _, answer) {
    clients[name].end(false, {}, () => answer(null, {}));
  },
  drop(name, _, answer) {
    clients[name].stream.destroy();
    answer(null, {});
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, client, do: verb, ...rest } = JSON.parse(line);
  let answered = false;
  verbs[verb](client, rest, (error, result) => {
    if (answered) return;
    answered = true;
    say(error ? { id, error: String(error.message), code: error.code } : { id, result });
  });
}).on('close', () => process.exit(0));
