//! Full text: BM25 over titles, tags, keywords, descriptions and transcripts,
//! English stemmed, Chinese cut into words (jieba), both in one index.
