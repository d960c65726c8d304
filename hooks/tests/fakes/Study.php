<?php

namespace Licats\Tests;

use Licats\LicatsHooks\FieldMap;

/**
 * Projects with the forms of the packed field map: a classic one (7) and a longitudinal one (8).
 */
final class Study
{
    public const CLASSIC = 7;
    public const LONGITUDINAL = 8;
    public const EVENT = 41;
    public const MARK = 'a1b2c3d4e5f60718';

    /** @return array<string, mixed> */
    public static function state(): array
    {
        $map = json_decode((string) file_get_contents(World::module() . 'field_map.json'), true);
        $fields = ['enrolment' => ['record_id']];
        foreach ($map['forms'] as $form => $one) {
            $fields[$form] = [...($fields[$form] ?? []), ...array_values($one['fields']), "{$form}_complete"];
        }
        $fields['own_form'] = ['own_field'];
        $repeating = array_keys(array_filter($map['forms'], static fn (array $one): bool => $one['repeats']));
        $project = ['record_id' => 'record_id', 'fields' => $fields, 'groups' => [3 => 'site_a', 4 => 'site_b']];
        $forms = array_keys($fields);
        return [
            'projects' => [
                self::CLASSIC => $project + [
                    'longitudinal' => false,
                    'events' => [self::EVENT => 'event_1_arm_1'],
                    'forms_of' => [self::EVENT => $forms],
                    'repeating' => [self::EVENT => $repeating],
                ],
                self::LONGITUDINAL => $project + [
                    'longitudinal' => true,
                    'events' => [51 => 'base_arm_1', 52 => 'follow_arm_1'],
                    'forms_of' => [51 => $forms, 52 => ['licats_kidney', 'labs']],
                    'repeating' => [51 => $repeating, 52 => ['labs']],
                ],
            ],
            'users' => [
                'coordinator' => self::user(self::site($forms), ['group_id' => '3']),
                'worker' => self::user(array_fill_keys($forms, '2'), ['data_quality_resolution' => '3']),
                'designer' => self::user(array_fill_keys($forms, '2'), ['design' => '1']),
                'admin' => ['super' => true, 'rights' => []],
                'stranger' => ['super' => false, 'rights' => []],
            ],
            'settings' => [self::CLASSIC => ['service-user' => 'worker']],
            'rows' => [self::CLASSIC => self::rows()],
        ];
    }

    /**
     * A row of the record '1'; cells by concept.
     *
     * @param array<string, string> $cells
     * @return array<string, mixed>
     */
    public static function row(string $form, int $instance, array $cells, string $record = '1'): array
    {
        $map = FieldMap::fromFile(World::module() . 'field_map.json');
        $row = ['record_id' => $record, 'event' => '', 'group' => 'site_a'];
        $row += ['instrument' => $form, 'instance' => $instance];
        foreach ($cells as $concept => $value) {
            $row[$map->field($form, $concept)] = $value;
        }
        return $form === FieldMap::SUMMARY ? ['instrument' => '', 'instance' => ''] + $row : $row;
    }

    /** @return list<array<string, mixed>> */
    private static function rows(): array
    {
        $query = ['form' => 'licats_kidney', 'inst' => '1', 'event' => '', 'rule' => 'DT01', 'sev' => 'query'];
        return [
            ['record_id' => '1', 'event' => '', 'instrument' => '', 'instance' => '', 'group' => 'site_a'],
            ['record_id' => '2', 'event' => '', 'instrument' => '', 'instance' => '', 'group' => 'site_b'],
            self::row('licats_kidney', 1, ['inv_grade' => '2']),
            self::row('licats_kidney', 2, ['inv_grade' => '']),
            self::row(FieldMap::RESULT, 1, ['key' => 'kidney-1', 'organ' => 'kidney', 'timing' => 'early',
                'onset_day' => '9', 'fin_grade' => '2', 'prov' => '1', 'fatal' => '0', 'adj' => '0']),
            self::row(FieldMap::RESULT, 2, ['key' => 'kidney-2', 'organ' => 'kidney', 'fin_grade' => '3']),
            self::row(FieldMap::SUMMARY, 1, ['q_site' => '3']),
            self::row(FieldMap::QUERY, 1, $query + ['state' => 'open', 'text' => 'Onset <b>before</b> infusion']),
            self::row(FieldMap::QUERY, 2, ['inst' => '2'] + $query + ['state' => 'open', 'text' => 'Other event']),
            self::row(FieldMap::QUERY, 3, $query + ['state' => 'resolved', 'text' => 'Long gone']),
            self::row(FieldMap::QUERY, 4, $query + ['state' => 'held', 'text' => 'Not out yet']),
            self::row(FieldMap::QUERY, 5, ['sev' => 'medical'] + $query + ['state' => 'open', 'text' => 'For doctors']),
        ];
    }

    /**
     * @param array<string, string> $forms
     * @param array<string, string> $more
     * @return array<string, mixed>
     */
    private static function user(array $forms, array $more): array
    {
        $rights = ['forms' => $forms, 'group_id' => '', 'design' => '0', 'data_quality_resolution' => '0'];
        return ['super' => false, 'rights' => array_fill_keys([self::CLASSIC, self::LONGITUDINAL], $more + $rights)];
    }

    /**
     * @param list<string> $forms
     * @return array<string, string>
     */
    private static function site(array $forms): array
    {
        return ['licats_medical_query' => '0'] + array_fill_keys($forms, '1');
    }
}
