FROM node:24-bookworm-slim AS build
WORKDIR /build
# For better-sqlite3, where no finished one can be downloaded.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY public public
COPY views views
COPY stores stores
COPY docs docs
RUN install --directory --owner=node --group=node --mode=700 /data
# The user node, by number: Kubernetes' runAsNonRoot asks for that.
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["node", "/app/dist/main.js", "--dir", "/data", "health"]
ENTRYPOINT ["node", "/app/dist/main.js", "--dir", "/data"]
CMD ["serve"]
