# The sidecar's image: non-root, read-only root, one volume, about the size of its wheels.
#   docker build -t driftwatch .
#   docker run --read-only -v state:/var/lib/driftwatch -v ./driftwatch.yaml:/etc/driftwatch/driftwatch.yaml:ro driftwatch
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY configs/demo.yaml configs/demo.yaml
COPY configs/prometheus/driftwatch.rules.yml configs/prometheus/driftwatch.rules.yml
COPY detectors detectors
COPY driftwatch driftwatch
# The lock constrains what is installed; the development tools in it are not.
RUN python3 -m venv /opt/driftwatch \
 && sed -E 's/ *\\$//; /--hash/d' requirements.lock > /tmp/constraints.txt \
 && /opt/driftwatch/bin/python -m pip install --no-cache-dir --constraint /tmp/constraints.txt ".[postgresql]" \
 && /opt/driftwatch/bin/python -m pip uninstall --quiet --yes pip setuptools \
 && find /opt/driftwatch -name __pycache__ -prune -exec rm -rf {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="driftwatch" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN echo "driftwatch:x:10001:10001::/var/lib/driftwatch:/usr/sbin/nologin" >> /etc/passwd \
 && echo "driftwatch:x:10001:" >> /etc/group \
 && mkdir -p /var/lib/driftwatch /etc/driftwatch \
 && chown 10001:10001 /var/lib/driftwatch
COPY --from=build /opt/driftwatch /opt/driftwatch
ENV PATH=/opt/driftwatch/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/driftwatch
VOLUME /var/lib/driftwatch
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/livez', timeout=4)"]
ENTRYPOINT ["driftwatch"]
CMD ["run", "-c", "/etc/driftwatch/driftwatch.yaml"]
