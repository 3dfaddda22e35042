/** What the link says of a layer's filter, in words: for the tools that take it over. */
import type { Layer } from '../../catalog';
import type { Workbench } from '../tool';
import { FILTER_KEY, readFilters } from './link';
import { inWords } from './words';

export function wordsOfSaid({ said, language }: Workbench, layer: Layer): string | null {
  const filter = readFilters(said(FILTER_KEY), new Map([[layer.id, layer]])).filters.get(layer.id);
  return filter ? inWords(filter, layer, language.current) : null;
}
