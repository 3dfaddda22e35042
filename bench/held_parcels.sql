-- The parcels with the name of who holds each: one of 24 000, made of 20 families, 20 middle names
-- and 60 given names by a hash of the place.
DROP VIEW IF EXISTS public.held_parcels;
CREATE VIEW public.held_parcels AS
SELECT id, geom, parcel_no, land_use,
       (ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Phan', 'Vũ', 'Võ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Ngô', 'Dương', 'Lý',
              'Đinh', 'Trịnh', 'Lâm', 'Mai', 'Cao'])[1 + (hash & 1023) % 20] || ' ' ||
       (ARRAY['Văn', 'Thị', 'Hữu', 'Đức', 'Ngọc', 'Minh', 'Thanh', 'Quốc', 'Công', 'Hoàng', 'Xuân', 'Kim', 'Bảo', 'Gia',
              'Thành', 'Tấn', 'Phước', 'Trọng', 'Mỹ', 'Như'])[1 + (hash >> 10 & 1023) % 20] || ' ' ||
       (ARRAY['An', 'Anh', 'Ánh', 'Bình', 'Cường', 'Châu', 'Chi', 'Dũng', 'Duy', 'Đạt', 'Điệp', 'Giang', 'Hà', 'Hạnh', 'Hải',
              'Hằng', 'Hiền', 'Hiếu', 'Hòa', 'Hoàng', 'Hồng', 'Huệ', 'Hùng', 'Hương', 'Khánh', 'Khoa', 'Lan', 'Liên', 'Linh',
              'Loan', 'Lộc', 'Long', 'Mai', 'Minh', 'Nam', 'Nga', 'Ngân', 'Nghĩa', 'Nhung', 'Oanh', 'Phong', 'Phúc', 'Phương',
              'Quang', 'Quân', 'Quyên', 'Sơn', 'Tâm', 'Thảo', 'Thắng', 'Thủy', 'Tiến', 'Toàn', 'Trang', 'Trung', 'Tuấn', 'Tùng',
              'Vân', 'Việt', 'Yến'])[1 + (hash >> 20 & 2047) % 60] AS holder
FROM public.parcels, LATERAL (SELECT hashint8extended(id, 7) & 2147483647 AS hash) AS h;
