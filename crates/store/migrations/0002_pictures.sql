-- Vectors of pictures, as those of scenes in `scenes`: one after another.
ALTER TABLE analyses ADD COLUMN pictures BLOB NOT NULL DEFAULT x'';
