<?php

namespace Licats\LicatsHooks;

/**
 * What an organ form says at its top, from cells that the worker wrote. Computes nothing; knows no REDCap.
 *
 * Medical queries stand on a form of their own, which is never read here.
 */
final class Banner
{
    private const RESULT = [
        'key', 'organ', 'timing', 'onset_day', 'fin_grade', 'prov', 'fatal', 'adj',
    ];
    private const SUMMARY = ['q_site'];
    private const QUERY = ['form', 'inst', 'event', 'rule', 'sev', 'state', 'text'];
    private const INVESTIGATOR = ['inv_grade'];
    /** Codes of the states in which somebody may still have to act on a query that is out. */
    public const LIVE = ['open', 'answered', 'back'];

    public function __construct(private FieldMap $map, private Words $words)
    {
    }

    /**
     * Fields to read for the parts that a user may see, by form. The investigator's grade is only looked at.
     *
     * @param callable(string): bool $may whether the user may see a form of this project
     * @return array<string, list<string>>
     */
    public function wanted(string $form, callable $may): array
    {
        $parts = [
            FieldMap::RESULT => self::RESULT,
            FieldMap::SUMMARY => self::SUMMARY,
            FieldMap::QUERY => self::QUERY,
        ];
        $wanted = [];
        foreach ($parts as $part => $concepts) {
            if ($this->map->knows($part) && $may($part)) {
                $wanted[$part] = $this->map->fields($part, $concepts);
            }
        }
        if (isset($wanted[FieldMap::RESULT]) && $this->map->gradeAfterInvestigator()) {
            $wanted[$form] = $this->map->fields($form, self::INVESTIGATOR);
        }
        return $wanted;
    }

    /**
     * Word the parts that were read.
     *
     * @param array<string, list<string>> $wanted what was read, from wanted()
     * @param list<array<string, string>> $rows flat rows of the record
     * @return array{title: string, facts: list<string>, summary: string, queries: list<string>, subject: string}
     */
    public function view(string $form, int $instance, string $event, array $wanted, array $rows): array
    {
        $language = $this->words->language();
        $organ = $this->map->organLabel($this->map->organ($form), $language);
        $queries = isset($wanted[FieldMap::QUERY]) ? $this->queries($form, $instance, $event, $rows) : null;
        return [
            'title' => $this->words->text('banner_title', ['organ' => $organ, 'instance' => $instance]),
            'facts' => isset($wanted[FieldMap::RESULT]) ? $this->facts($form, $instance, $event, $rows) : [],
            'summary' => match (true) {
                $queries === null => '',
                $queries === [] => $this->words->text('queries_none'),
                default => $this->words->count('queries_one', 'queries_many', count($queries)),
            },
            'queries' => $queries ?? [],
            'subject' => isset($wanted[FieldMap::SUMMARY]) ? $this->subject($rows) : '',
        ];
    }

    /**
     * @param list<array<string, string>> $rows
     * @return list<string>
     */
    private function facts(string $form, int $instance, string $event, array $rows): array
    {
        // where a project has events, each may have an instance of this number
        $key = implode('-', array_filter([$this->map->organ($form), (string) $instance, $event]));
        $found = array_values(array_filter($rows, fn (array $row): bool =>
            $this->isOf($row, FieldMap::RESULT)
            && $this->cell($row, FieldMap::RESULT, 'organ') === $this->map->organ($form)
            && $this->cell($row, FieldMap::RESULT, 'key') === $key));
        if (count($found) !== 1) {
            // none yet; or more than one, of which nobody can say which is meant
            return [$this->words->text('no_result')];
        }
        $row = $found[0];
        $facts = [$this->grade($row, $this->mayShowGrade($form, $instance, $event, $rows))];
        $timing = $this->cell($row, FieldMap::RESULT, 'timing');
        if ($timing !== '') {
            $facts[] = $this->map->label(FieldMap::RESULT, 'timing', $timing, $this->words->language());
        }
        $day = $this->cell($row, FieldMap::RESULT, 'onset_day');
        $facts[] = $day === '' ? $this->words->text('no_day') : $this->words->text('day', ['day' => $day]);
        return $facts;
    }

    /** @param array<string, string> $row */
    private function grade(array $row, bool $shown): string
    {
        $grade = $this->cell($row, FieldMap::RESULT, 'fin_grade');
        return match (true) {
            !$shown => $this->words->text('grade_hidden'),
            $this->cell($row, FieldMap::RESULT, 'fatal') === '1' => $this->words->text('fatal'),
            $grade === '' => $this->words->text('grade_none'),
            $this->cell($row, FieldMap::RESULT, 'adj') === '1' =>
                $this->words->text('grade_adjudicated', ['grade' => $grade]),
            $this->cell($row, FieldMap::RESULT, 'prov') === '1' =>
                $this->words->text('grade_provisional', ['grade' => $grade]),
            default => $this->words->text('grade', ['grade' => $grade]),
        };
    }

    /** @param list<array<string, string>> $rows */
    private function mayShowGrade(string $form, int $instance, string $event, array $rows): bool
    {
        if (!$this->map->gradeAfterInvestigator()) {
            return true;
        }
        foreach ($rows as $row) {
            // a row of no form is that of an event that repeats as a whole, or of one that does not repeat
            $here = ($this->isOf($row, $form) || ($row['redcap_repeat_instrument'] ?? '') === '')
                && (int) (($row['redcap_repeat_instance'] ?? '') ?: 1) === $instance
                && ($row['redcap_event_name'] ?? '') === $event;
            if ($here && $this->cell($row, $form, 'inv_grade') !== '') {
                return true;
            }
        }
        return false;
    }

    /**
     * @param list<array<string, string>> $rows
     * @return list<string>
     */
    private function queries(string $form, int $instance, string $event, array $rows): array
    {
        $language = $this->words->language();
        $texts = [];
        foreach ($rows as $row) {
            $here = $this->isOf($row, FieldMap::QUERY)
                && $this->cell($row, FieldMap::QUERY, 'form') === $this->map->name($form)
                && (int) $this->cell($row, FieldMap::QUERY, 'inst') === $instance
                && $this->cell($row, FieldMap::QUERY, 'event') === $event
                // sites read this; a row that should not be here stays unsaid
                && $this->cell($row, FieldMap::QUERY, 'sev') !== 'medical';
            $state = $this->cell($row, FieldMap::QUERY, 'state');
            if ($here && in_array($state, self::LIVE, true)) {
                $texts[] = $this->words->text('query', [
                    'rule' => $this->cell($row, FieldMap::QUERY, 'rule'),
                    'text' => $this->cell($row, FieldMap::QUERY, 'text'),
                    'state' => $this->map->label(FieldMap::QUERY, 'state', $state, $language),
                ]);
            }
        }
        return $texts;
    }

    /** @param list<array<string, string>> $rows */
    private function subject(array $rows): string
    {
        foreach ($rows as $row) {
            $number = (int) $this->cell($row, FieldMap::SUMMARY, 'q_site');
            if (($row['redcap_repeat_instrument'] ?? '') === '' && $number > 0) {
                return $this->words->count('subject_one', 'subject_many', $number);
            }
        }
        return '';
    }

    /** @param array<string, string> $row */
    private function cell(array $row, string $form, string $concept): string
    {
        return trim($row[$this->map->field($form, $concept)] ?? '');
    }

    /** @param array<string, string> $row */
    private function isOf(array $row, string $form): bool
    {
        return ($row['redcap_repeat_instrument'] ?? '') === $this->map->name($form);
    }
}
