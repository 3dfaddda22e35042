import { describe, expect, it } from 'vitest';
import { readDay, writtenDay } from '../src/day_text';

describe('a day', () => {
  it('is read as people write it, the day before the month', () => {
    for (const text of ['01/07/2025', '1/7/2025', ' 1 - 7 - 2025 ', '1.7.2025', '01072025', '2025-07-01', 'ngày 1 tháng 7 năm 2025', '1 7 2025']) {
      expect(readDay(text), text).toEqual({ day: '2025-07-01', flaw: null });
    }
    expect(readDay('29/02/2024').day).toBe('2024-02-29');
    expect(readDay('  ')).toEqual({ day: null, flaw: null });
  });

  it('that is none is told why', () => {
    const flaws = {
      '1/7/25': 'dayShortYear', '07/25/2025': 'dayOrder', '31/02/2025': 'dayNone', '29/02/2025': 'dayNone', '0/1/2025': 'dayNone',
      '45/13/2025': 'dayNone', hôm: 'dayForm', '2025': 'dayForm', '1/7': 'dayForm', '<script>': 'dayForm', '01/07/1899': 'dayFar', '1/1/2101': 'dayFar',
    };
    for (const [text, flaw] of Object.entries(flaws)) expect(readDay(text), text).toEqual({ day: null, flaw });
  });

  it('is written day, month, year, whatever the language', () => {
    expect(writtenDay('2025-07-01')).toBe('01/07/2025');
    expect(writtenDay('2025-07-01T00:00:00+07:00')).toBe('01/07/2025');
    expect(writtenDay(null)).toBe('');
    expect(readDay(writtenDay('2024-12-31')).day).toBe('2024-12-31');
  });
});
