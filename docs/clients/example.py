#!/usr/bin/python3
"""Layers of a diaban server in Python.

Tried with Debian 12's OWSLib 0.27, GeoPandas 0.12 and GDAL 3.6:

    apt install python3-owslib python3-geopandas python3-gdal
    DIABAN_SERVER=http://127.0.0.1:8080 DIABAN_KEY=diaban_... python3 example.py
"""

import io
import math
import os

import geopandas
import requests
from osgeo import gdal
from owslib.ogcapi.features import Features

SERVER = os.environ.get("DIABAN_SERVER", "http://127.0.0.1:8080")
KEY = os.environ.get("DIABAN_KEY")  # of an agency; without one: what is open
LAYER = os.environ.get("DIABAN_LAYER", "land_use_plan")
FILTER = os.environ.get("DIABAN_FILTER", "land_use_code IN ('ODT', 'ONT')")  # CQL2

gdal.UseExceptions()
session = requests.Session()
if KEY:
    session.headers["X-API-Key"] = KEY


def ask(address, **parameters):
    """An answer; what the server has against the question is raised in its words."""
    answer = session.get(address, params=parameters, timeout=60)
    if not answer.ok:
        raise RuntimeError(answer.json()["detail"])
    return answer


# What there is: OWSLib, as any OGC API Features client. Dữ liệu gì có.
service = Features(SERVER, headers=dict(session.headers))
print("layers:", ", ".join(service.feature_collections()))

# Where the layer lies and whose it is. Phạm vi, nguồn.
tilejson = ask(f"{SERVER}/tiles/{LAYER}").json()
west, south, east, north = tilejson["bounds"]
print("attribution:", tilejson["attribution"])

# Features of a box that pass a filter, the first thousand. Theo khung và điều kiện, một trang.
middle = [(3 * west + east) / 4, (3 * south + north) / 4, (west + 3 * east) / 4, (south + 3 * north) / 4]
page = service.collection_items(LAYER, bbox=middle, limit=1000, filter=FILTER)
print("in the box:", page["numberReturned"], "of", page["numberMatched"])


def every_feature(layer, **conditions):
    """Features page by page, as many as there are."""
    page = ask(f"{SERVER}/collections/{layer}/items", limit=10000, **conditions).json()
    while True:
        yield from page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return
        page = ask(following[0]).json()


# In VN-2000: the server transforms by the official parameters; PROJ's own choice lies up to 0.8 m beside.
# Tọa độ VN-2000 do máy chủ tính theo tham số chính thức.
plane = "http://www.opengis.net/def/crs/EPSG/0/9210"
found = list(every_feature(LAYER, filter=FILTER, crs=plane))
frame = geopandas.GeoDataFrame.from_features(found, crs="EPSG:9210")
print("passing the filter:", len(frame), "features,", f"{frame.area.sum() / 10_000:.2f} ha")

# The whole layer as one file. Cả lớp thành một tệp.
file = ask(f"{SERVER}/collections/{LAYER}/download", f="gpkg", filter=FILTER)
whole = geopandas.read_file(io.BytesIO(file.content))
print("in the file:", len(whole), "features")

# One vector tile, the one that has the middle of the layer in it. Một ô vectơ.
zoom = max(tilejson["minzoom"], 9)
latitude = math.radians((south + north) / 2)
column = int(((west + east) / 2 + 180) / 360 * 2**zoom)
row = int((1 - math.asinh(math.tan(latitude)) / math.pi) / 2 * 2**zoom)
tile = ask(f"{SERVER}/tiles/{LAYER}/{zoom}/{column}/{row}", filter=FILTER)
if tile.status_code == 200:  # 204: nothing there
    gdal.FileFromMemBuffer("/vsimem/tile.mvt", tile.content)
    place = [f"Z={zoom}", f"X={column}", f"Y={row}"]
    opened = gdal.OpenEx("MVT:/vsimem/tile.mvt", gdal.OF_VECTOR, open_options=place)
    print("in the tile:", opened.GetLayerByName(LAYER).GetFeatureCount(), "features")
