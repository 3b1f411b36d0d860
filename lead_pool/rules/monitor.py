"""What a monitor is told: one word for the state, and figures; nothing of a person.

>>> state_of([]), state_of(["warning"]), state_of(["warning", "error"])
('ok', 'warning', 'error')
>>> print(metrics({"state": "warning", "overdue_reclaim_seconds": 90, "queues": {"intake": 2}}), end="")
# TYPE lead_pool_state gauge
lead_pool_state 1
# TYPE lead_pool_overdue_reclaim_seconds gauge
lead_pool_overdue_reclaim_seconds 90
# TYPE lead_pool_queues gauge
lead_pool_queues{name="intake"} 2
"""

STATES = ("ok", "warning", "error")


def state_of(levels):
    """The worst of these levels of problems."""
    return max(levels, key=STATES.index, default="ok")


def metrics(answer):
    """The figures of an answer in the text format of Prometheus (version 0.0.4); lists and texts are left out.

    :param dict answer: ``state``, numbers, and dicts of numbers by name
    """
    lines = []
    for key, value in {**answer, "state": STATES.index(answer["state"])}.items():
        if isinstance(value, (str, list)):
            continue
        name = f"lead_pool_{key}"
        lines.append(f"# TYPE {name} gauge")
        if isinstance(value, dict):
            lines += [f'{name}{{name="{of}"}} {number}' for of, number in value.items()]
        else:
            lines.append(f"{name} {int(value)}")
    return "\n".join(lines) + "\n"
