#!/usr/bin/env bash
# Get the real parts that the tests use, where that can be done: Debian as root, Kafka by Maven.
# What cannot be had is said; the tests then skip with the reason, or fail where it is required.
set -u
python=$1
wanted=()
need() { command -v "$1" >/dev/null 2>&1 || wanted+=("$2"); }
need openssl openssl
need git git
need prometheus prometheus
need prometheus-alertmanager prometheus-alertmanager
if [ -z "${DRIFTWATCH_TEST_POSTGRESQL:-}" ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  need initdb postgresql
fi
if [ -z "${DRIFTWATCH_TEST_KAFKA:-}" ]; then
  need java default-jre-headless
  need mvn maven
fi
if [ ${#wanted[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "getting ${wanted[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for package in "${wanted[@]}"; do # one that is not to be had keeps no other away
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "could not install $package: its tests will say so" >&2
    done
  else
    echo "not here: ${wanted[*]}; the tests that need them will say so" >&2
  fi
fi
[ -n "${DRIFTWATCH_TEST_KAFKA:-}" ] || "$python" -m tests.real.kafka >/dev/null ||
  echo "could not get Kafka: its tests will say so" >&2
