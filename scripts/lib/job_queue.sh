# OCA's job queue from PyPI, for what concerns lead_pool_queue_job alone. Sourced after python.sh.
#
# provide_job_queue sets JOB_QUEUE: a folder for PYTHONPATH, where Odoo finds the add-on queue_job by itself.
# shellcheck shell=bash

provide_job_queue() {
    local file=$ROOT/tests/job_queue/requirements.txt
    JOB_QUEUE=$CACHE/job_queue/$(sha256sum <"$file" | cut -c1-12)
    [ -f "$JOB_QUEUE/complete" ] || with_lock make_job_queue "$file"
}

make_job_queue() {
    [ ! -f "$JOB_QUEUE/complete" ] || return 0
    rm -rf "$JOB_QUEUE"
    mkdir -p "$JOB_QUEUE"
    run_step "Getting OCA's job queue" "check that pip can reach its package index ('$PYTHON -m pip download polib')." \
        "$PYTHON" -m pip install --disable-pip-version-check --no-input --no-deps --target "$JOB_QUEUE" -r "$1"
    touch "$JOB_QUEUE/complete"
}
