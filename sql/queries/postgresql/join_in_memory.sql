-- Let the joins of this transaction have memory: with the usual 4 MB they write every row to disk and read it again.
SET LOCAL work_mem = '512MB'
