#!/usr/bin/env python3
"""Writes three boards for Grafana as files of JSON: boards.py FOLDER

executive: is the business served? · on-call: what is wrong, and where? · debug: why?
"""
import json
import pathlib
import sys

JOB = '{job=~"$job"}'


def of(metric, **labels):
    inside = ['job=~"$job"', 'instance=~"$instance"'] + [f'{name}{text}' for name, text in labels.items()]
    return f"{metric}{{{', '.join(inside)}}}"


def rate(metric, by, **labels):
    return f"sum by ({by}) (rate({of(metric, **labels)}[$__rate_interval]))"


def all_of(metric, **labels):
    return f"sum(rate({of(metric, **labels)}[$__rate_interval]))"


def total(metric, by, **labels):
    return f"sum by ({by}) ({of(metric, **labels)})"


TOP = "topk(10, {})"
ACCEPTED = all_of("qdr_accepted_deliveries_total")

# (title, unit, [(expression, legend)], "stat" or "timeseries")
EXECUTIVE = [
    ("Messages in", "mps", [(all_of("weft_address_deliveries_total", direction='="in"'), "in")], "stat"),
    ("Messages out", "mps", [(all_of("weft_address_deliveries_total", direction='="out"'), "out")], "stat"),
    ("Stored", "short", [(f"sum({of('weft_queue_messages')})", "messages")], "stat"),
    ("Devices connected", "short", [(f"sum({of('weft_mqtt_connections')})", "devices")], "stat"),
    ("Accepted of all that was sent", "percentunit",
     [(f"{ACCEPTED} / ({ACCEPTED} + {all_of('qdr_rejected_deliveries_total')} + {all_of('qdr_released_deliveries_total')})",
       "accepted")], "timeseries"),
    ("Busiest addresses", "mps", [(TOP.format(rate("weft_address_deliveries_total", "address", direction='=~"in|out"')), "{{address}}")], "timeseries"),
    ("Messages in queues", "short", [(f"topk(10, {total('weft_queue_messages', 'queue')})", "{{queue}}")], "timeseries"),
    ("Devices, by version of MQTT", "short", [(total("weft_mqtt_connections", "version"), "MQTT {{version}}")], "timeseries"),
]
ON_CALL = [
    ("Daemons up", "short", [(f"sum(up{JOB})", "up")], "stat"),
    ("Alerts", "short", [('count(ALERTS{alertstate="firing", alertname=~"Weft.*"}) or vector(0)', "firing")], "stat"),
    ("Routers that can't be reached", "short", [("max(" + of("weft_routers", state='="unreachable"') + ")", "unreachable")], "stat"),
    ("Certificates: days left", "d", [(f"min({of('weft_certificate_not_after_seconds')} - time()) / 86400", "days")], "stat"),
    ("Given back or dropped", "mps", [(rate("weft_dropped_deliveries_total", "reason"), "{{reason}}")], "timeseries"),
    ("Deliveries that hang, links that wait", "short",
     [(total("qdr_deliveries_stuck_total", "instance"), "stuck at {{instance}}"),
      (total("qdr_links_blocked_total", "instance"), "blocked at {{instance}}")], "timeseries"),
    ("Queues: messages", "short", [(f"topk(10, {total('weft_queue_messages', 'queue')})", "{{queue}}")], "timeseries"),
    ("Queues: dead", "mps", [(rate("weft_queue_events_total", "queue, event", event='=~"dead-.*"'), "{{queue}} {{event}}")], "timeseries"),
    ("Queues: producers that wait", "short", [(f"topk(10, {total('weft_queue_blocked_producers', 'queue')})", "{{queue}}")], "timeseries"),
    ("Room on the disk", "bytes", [(of("weft_store_disk_free_bytes"), "{{instance}}")], "timeseries"),
    ("Logins that fail", "reqps", [(rate("weft_auth_failures_total", "mechanism, reason"), "{{mechanism}} {{reason}}")], "timeseries"),
    ("Lost on the way to or from devices", "mps", [(rate("weft_mqtt_dropped_total", "reason"), "{{reason}}")], "timeseries"),
]
DEBUG = [
    ("Memory", "bytes", [(of("weft_process_resident_memory_bytes"), "{{instance}}")], "timeseries"),
    ("Connections", "short", [(total("weft_connections", "role, listener"), "{{role}} {{listener}}")], "timeseries"),
    ("Connections accepted", "cps", [(rate("weft_accepted_connections_total", "instance, listener"), "{{instance}} {{listener}}")], "timeseries"),
    ("Links", "short", [(total("weft_links", "instance, direction"), "{{instance}} {{direction}}")], "timeseries"),
    ("In flight", "short", [(of("weft_deliveries_in_flight"), "{{instance}}")], "timeseries"),
    ("Bytes held", "bytes", [(total("weft_held_bytes", "instance"), "{{instance}}")], "timeseries"),
    ("Waiting, by address", "short", [(f"topk(10, {total('weft_address_waiting', 'address')})", "{{address}}")], "timeseries"),
    ("Outcomes", "mps", [(rate(f"qdr_{outcome}_deliveries_total", "instance"), f"{outcome} {{{{instance}}}}")
                         for outcome in ("accepted", "released", "modified", "rejected")], "timeseries"),
    ("What routers tell each other", "mps", [(rate("weft_control_messages_total", "what"), "{{what}}")], "timeseries"),
    ("Paths computed", "cps", [(rate("weft_path_computations_total", "instance"), "{{instance}}")], "timeseries"),
    ("Auto-links", "short", [(total("weft_auto_links", "status"), "{{status}}")], "timeseries"),
    ("Commits", "cps", [(rate("weft_store_commits_total", "instance"), "{{instance}}")], "timeseries"),
    ("Waiting for the disk", "bytes", [(of("weft_store_waiting_bytes"), "{{instance}}")], "timeseries"),
    ("Queues: what becomes of messages", "mps", [(rate("weft_queue_events_total", "event"), "{{event}}")], "timeseries"),
    ("Transactions", "short", [(of("weft_transactions_open"), "open at {{instance}}")], "timeseries"),
    ("Devices: publishes", "mps", [(rate("weft_mqtt_published_total", "instance"), "in {{instance}}"),
                                   (rate("weft_mqtt_delivered_total", "instance"), "out {{instance}}")], "timeseries"),
    ("Devices: faults", "cps", [(rate("weft_mqtt_faults_total", "instance"), "faults {{instance}}"),
                                (rate("weft_mqtt_timed_out_total", "instance"), "timed out {{instance}}")], "timeseries"),
    ("Log lines", "cps", [(rate("weft_log_records_total", "instance, level"), "{{instance}} {{level}}")], "timeseries"),
]
BOARDS = {"executive": EXECUTIVE, "on-call": ON_CALL, "debug": DEBUG}
SOURCE = {"type": "prometheus", "uid": "${source}"}


def panel(number, place, title, unit, targets, kind):
    return {"id": number, "type": kind, "title": title, "datasource": SOURCE, "gridPos": place,
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [{"refId": chr(ord("A") + i), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
                        for i, (expression, legend) in enumerate(targets)]}


def panels(rows):
    x = y = tallest = 0
    for number, (title, unit, targets, kind) in enumerate(rows, 1):
        width, height = (6, 4) if kind == "stat" else (12, 8)
        if x + width > 24:
            x, y, tallest = 0, y + tallest, 0
        yield panel(number, {"x": x, "y": y, "w": width, "h": height}, title, unit, targets, kind)
        x, tallest = x + width, max(tallest, height)


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name},
            "includeAll": True, "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}, "refresh": 2}


def board(name, rows):
    return {"uid": f"weft-{name}", "title": f"Weft: {name}", "tags": ["weft"], "schemaVersion": 38, "timezone": "browser",
            "time": {"from": "now-3h", "to": "now"}, "refresh": "30s",
            "links": [{"type": "dashboards", "tags": ["weft"], "title": "Weft", "asDropdown": False}],
            "templating": {"list": [
                {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                variable("job", "Job", "label_values(weft_uptime_seconds, job)"),
                variable("instance", "Daemon", 'label_values(weft_uptime_seconds{job=~"$job"}, instance)')]},
            "panels": list(panels(rows))}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in BOARDS.items():
        (folder / f"weft-{name}.json").write_text(json.dumps(board(name, rows), indent=1) + "\n")


if __name__ == "__main__":
    main()
