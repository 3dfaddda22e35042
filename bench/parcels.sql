-- 1 020 000 synthetic parcels over the province: a grid of 1200 x 850 cells whose corners and
-- edge middles are moved by a hash of their place, so that neighbours share every border.
-- Nine points and seven attributes each, EPSG:3857. The same rows on every machine.
SET client_min_messages = warning;
DROP TABLE IF EXISTS public.parcels;

-- a number in [-0.5, 0.5) that depends on nothing but the place and the use
CREATE OR REPLACE FUNCTION pg_temp.shift(i int, j int, use int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(i::int8 * 1000003 + j, use) & 1048575)::float8 / 1048576.0 - 0.5 $$;

CREATE TEMP TABLE corner AS
SELECT i, j,
       105.6 + (i + 0.55 * pg_temp.shift(i, j, 1)) * 1.1 / 1200 AS x,
       10.4 + (j + 0.55 * pg_temp.shift(i, j, 2)) * 0.6 / 850 AS y,
       -- how far the middle of the edge to the east, and of the edge to the north, is moved
       0.1 * pg_temp.shift(i, j, 3) * 1.1 / 1200 AS east_x, 0.1 * pg_temp.shift(i, j, 4) * 0.6 / 850 AS east_y,
       0.1 * pg_temp.shift(i, j, 5) * 1.1 / 1200 AS north_x, 0.1 * pg_temp.shift(i, j, 6) * 0.6 / 850 AS north_y
FROM generate_series(0, 1200) AS i, generate_series(0, 850) AS j;
CREATE UNIQUE INDEX ON corner (i, j);
ANALYZE corner;

CREATE TABLE public.parcels AS
SELECT row_number() OVER ()::int8 AS id,
       'T' || a.i || '-' || a.j AS parcel_no,
       (ARRAY['ONT', 'ODT', 'LUC', 'CLN', 'SKK', 'TMD', 'NTS', 'DGT'])[1 + abs(hashint4(a.i * 7 + a.j * 13) % 8)] AS land_use,
       500000 + abs(hashint4(a.i * 31 + a.j) % 30000000) AS price_vnd_m2,
       2020 + abs(hashint4(a.i + a.j * 3) % 6) AS price_year,
       'Xã ' || a.i / 100 || '-' || a.j / 100 AS commune,
       'Đường tỉnh ' || 820 + a.i / 40 % 20 AS street,
       ST_Transform(ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY[
         ST_Point(a.x, a.y),
         ST_Point((a.x + b.x) / 2 + a.east_x, (a.y + b.y) / 2 + a.east_y),
         ST_Point(b.x, b.y),
         ST_Point((b.x + c.x) / 2 + b.north_x, (b.y + c.y) / 2 + b.north_y),
         ST_Point(c.x, c.y),
         ST_Point((d.x + c.x) / 2 + d.east_x, (d.y + c.y) / 2 + d.east_y),
         ST_Point(d.x, d.y),
         ST_Point((a.x + d.x) / 2 + a.north_x, (a.y + d.y) / 2 + a.north_y),
         ST_Point(a.x, a.y)])), 4326), 3857)::geometry(Polygon, 3857) AS geom
FROM corner a
JOIN corner b ON b.i = a.i + 1 AND b.j = a.j
JOIN corner c ON c.i = a.i + 1 AND c.j = a.j + 1
JOIN corner d ON d.i = a.i AND d.j = a.j + 1;
ALTER TABLE public.parcels ADD PRIMARY KEY (id);
CREATE INDEX parcels_geom ON public.parcels USING gist (geom);
CLUSTER public.parcels USING parcels_geom;
VACUUM ANALYZE public.parcels;
