# The image of compose.yaml: the locked requirements and leadscore, in a virtual environment that nobody can write to.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/leadscore
COPY requirements.txt ./
RUN /opt/leadscore/bin/pip install --no-deps --require-hashes --requirement requirements.txt
COPY . .
RUN /opt/leadscore/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
# LightGBM wants OpenMP from the system.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /var/lib/leadscore --create-home --shell /usr/sbin/nologin leadscore
COPY --from=build /opt/leadscore /opt/leadscore
ENV PATH=/opt/leadscore/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEADSCORE_CONFIG=/etc/leadscore/leadscore.toml \
    PREFECT_HOME=/var/lib/leadscore/prefect
USER 10001:10001
WORKDIR /var/lib/leadscore
CMD ["leadscore", "up"]
