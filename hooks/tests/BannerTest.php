<?php

namespace Licats\Tests;

use Licats\LicatsHooks\Banner;
use Licats\LicatsHooks\FieldMap;

final class BannerTest extends ModuleTestCase
{
    public function testItSaysWhatTheWorkerWrote(): void
    {
        $html = $this->banner();
        $line = '<strong>LICATS: Kidney 1</strong> Grade 2, provisional · Early · Day 9';
        self::assertStringContainsString($line, $html);
        self::assertStringContainsString('<summary>1 open query on this form</summary>', $html);
        self::assertStringContainsString('Subject: 3 queries wait for the site', $html);
        self::assertStringContainsString('No finished run reported yet', $html);
        self::assertStringContainsString('>Recompute now</button>', $html);
        self::assertSame([], $this->log('licats fault'));
    }

    public function testItSpeaksJapanese(): void
    {
        $this->world->state['language'] = 'Japanese';
        $html = $this->banner();
        self::assertStringContainsString('<strong>LICATS:腎臓1</strong> グレード2(暫定) · 早期 · Day 9', $html);
        self::assertStringContainsString('DT01:Onset &lt;b&gt;before&lt;/b&gt; infusion(未回答)', $html);
    }

    public function testOnlyQueriesThatAreOutOnThisFormAreSaid(): void
    {
        $html = $this->banner();
        self::assertStringContainsString('<li>DT01: Onset &lt;b&gt;before&lt;/b&gt; infusion (Open)</li>', $html);
        foreach (['Other event', 'Long gone', 'Not out yet', 'For doctors', '<b>'] as $unsaid) {
            self::assertStringNotContainsString($unsaid, $html);
        }
    }

    public function testTheGradeWaitsForTheInvestigators(): void
    {
        $html = $this->banner('licats_kidney', 2);
        self::assertStringContainsString('Grade shown once', $html);
        self::assertStringNotContainsString('Grade 3', $html);
        self::assertStringContainsString('Onset day unknown', $html);
    }

    /** @dataProvider grades */
    public function testGradesAreWorded(array $cells, string $expected): void
    {
        foreach ($this->world->state['rows'][Study::CLASSIC] as &$row) {
            if ($row['instrument'] === FieldMap::RESULT && $row['instance'] === 1) {
                $row = Study::row(FieldMap::RESULT, 1, $cells + ['key' => 'kidney-1', 'organ' => 'kidney']);
            }
        }
        unset($row);
        self::assertStringContainsString("</strong> $expected", $this->banner());
    }

    public function grades(): array
    {
        return [
            'plain' => [['fin_grade' => '1', 'prov' => '0'], 'Grade 1 · '],
            'provisional' => [['fin_grade' => '1', 'prov' => '1'], 'Grade 1, provisional'],
            'adjudicated' => [['fin_grade' => '4', 'adj' => '1', 'prov' => '1'], 'Grade 4, adjudicated'],
            'none' => [['fin_grade' => ''], 'No grade yet'],
            'fatal' => [['fin_grade' => '', 'fatal' => '1'], 'Fatal'],
        ];
    }

    public function testAnEventWithoutAResultSaysSo(): void
    {
        self::assertStringContainsString('Nothing computed for this form yet', $this->banner('licats_kidney', 5));
        self::assertStringContainsString('No open query on this form', $this->banner('licats_kidney', 5));
    }

    public function testAnInvestigatorsGradeInAnEventThatRepeatsAsAWholeIsSeen(): void
    {
        $this->world->onPage(Study::LONGITUDINAL, 'coordinator');
        $own = ['instrument' => '', 'instance' => '2', 'event' => 'follow_arm_1'];
        $graded = $own + Study::row('licats_kidney', 2, ['inv_grade' => '2']);
        $results = [];
        foreach (['base_arm_1' => '4', 'follow_arm_1' => '3'] as $event => $grade) {
            $cells = ['key' => "kidney-2-$event", 'organ' => 'kidney', 'fin_grade' => $grade];
            $results[] = ['event' => 'base_arm_1'] + Study::row(FieldMap::RESULT, count($results) + 1, $cells);
        }
        $this->world->state['rows'][Study::LONGITUDINAL] = [$graded, ...$results];
        ob_start();
        $this->module->redcap_data_entry_form_top(Study::LONGITUDINAL, '1', 'licats_kidney', 52, 3, 2);
        self::assertStringContainsString('</strong> Grade 3', (string) ob_get_clean());
        // the one of the other event was not graded by anybody
        ob_start();
        $this->module->redcap_data_entry_form_top(Study::LONGITUDINAL, '1', 'licats_kidney', 51, 3, 2);
        self::assertStringContainsString('Grade shown once', (string) ob_get_clean());
    }

    public function testTwoResultsOfOneEventAreNotGuessedAt(): void
    {
        $this->world->state['rows'][Study::CLASSIC][] = Study::row(
            FieldMap::RESULT,
            9,
            ['organ' => 'kidney', 'key' => 'kidney-1', 'fin_grade' => '4']
        );
        self::assertStringContainsString('Nothing computed for this form yet', $this->banner());
    }

    /** @dataProvider partialRights */
    public function testEachPartIsForThoseWhoMaySeeItsForm(array $rights, array $said, array $unsaid): void
    {
        $this->world->state['users']['coordinator']['rights'][Study::CLASSIC] = $rights;
        $html = $this->banner();
        foreach ($said as $text) {
            self::assertStringContainsString($text, $html);
        }
        foreach ($unsaid as $text) {
            self::assertStringNotContainsString($text, $html);
        }
        if ($said === []) {
            self::assertSame('', $html);
        }
    }

    public function partialRights(): array
    {
        $grade = 'Grade 2';
        $query = 'open query';
        $subject = 'Subject: 3';
        $forms = static fn (string $result, string $query, string $summary): array => ['forms' => [
            'licats_kidney' => '1', FieldMap::RESULT => $result, FieldMap::QUERY => $query,
            FieldMap::SUMMARY => $summary,
        ]];
        return [
            'all' => [$forms('2', '2', '2'), [$grade, $query, $subject], []],
            'result only' => [$forms('2', '0', '0'), [$grade], [$query, $subject]],
            'queries only' => [$forms('0', '1', '0'), [$query], [$grade, 'Early', $subject]],
            'summary only' => [$forms('0', '0', '2'), [], [$subject]],
            'none' => [$forms('0', '0', '0'), [], [$grade, $query]],
            'bits: read' => [$forms('129', '128', '128'), [$grade], [$query]],
            'bits: edit' => [$forms('130', '144', '128'), [$grade], [$query]],
            'as text' => [['data_entry' => '[licats_kidney,1][licats_result,2][licats_query,0]'], [$grade], [$query]],
            'unknown shape' => [['something' => 'else'], [], [$grade, $query]],
            'unknown number' => [$forms('7', '-1', ''), [], [$grade, $query]],
        ];
    }

    public function testASuperUserWithoutARowOfRightsSeesAllAndAStrangerNothing(): void
    {
        $this->world->state['user'] = 'admin';
        self::assertStringContainsString('Grade 2', $this->banner());
        $this->world->state['user'] = 'stranger';
        self::assertSame('', $this->banner());
    }

    public function testOtherFormsNewRecordsAndProjectsWithoutOurFormsHaveNoBanner(): void
    {
        self::assertSame('', $this->banner('labs'));
        self::assertSame('', $this->banner('own_form'));
        self::assertSame('', $this->banner('licats_kidney', 1, null));
        foreach ([FieldMap::RESULT, FieldMap::QUERY] as $form) {
            unset($this->world->state['projects'][Study::CLASSIC]['fields'][$form]);
        }
        self::assertSame('', $this->banner());
        self::assertSame([], $this->log('licats fault'));
    }

    public function testAFieldThatTheProjectLacksTakesItsPartAway(): void
    {
        $fields = &$this->world->state['projects'][Study::CLASSIC]['fields'][FieldMap::RESULT];
        array_splice($fields, (int) array_search('res_onset_day_d', $fields, true), 1);
        $html = $this->banner();
        self::assertStringNotContainsString('Grade 2', $html);
        self::assertStringContainsString('1 open query', $html);
    }

    /** @dataProvider faults */
    public function testAFaultLeavesTheFormAloneAndQuotesNothing(string $method): void
    {
        $this->world->state['broken'] = [$method];
        self::assertSame('', $this->banner());
        [$line] = $this->log('licats fault');
        self::assertSame('banner', $line['licats_what']);
        self::assertStringNotContainsString('secret-value', json_encode($this->world->state['log']));
    }

    public function faults(): array
    {
        return [['getData'], ['getUser'], ['tt'], ['getProjectSetting'], ['getInstrumentNames'], ['getUrl']];
    }

    public function testAFaultThatCannotEvenBeLoggedLeavesTheFormAlone(): void
    {
        $this->world->state['broken'] = ['getData', 'log'];
        $before = ini_set('error_log', '/dev/null');
        self::assertSame('', $this->banner());
        ini_set('error_log', (string) $before);
    }

    public function testItSaysWhenItWasComputedAndWhatHappenedSince(): void
    {
        $this->heartbeat();
        $this->world->state['user'] = 'coordinator';
        self::assertStringContainsString('Computed at 2027-01-15 07:00', $this->banner());
        self::assertStringContainsString('class="blue"', $this->banner());
        $this->save();
        self::assertStringContainsString('Saved or asked for since', $this->banner());
        self::assertStringContainsString('class="yellow"', $this->banner());
    }

    public function testItSaysThatTheWorkerIsSilent(): void
    {
        $this->heartbeat();
        $this->world->state['user'] = 'coordinator';
        $this->module->clock += 26 * 3600;
        self::assertStringNotContainsString('Out of date', $this->banner());
        $this->module->clock += 1;
        self::assertStringContainsString('not been heard of since 2027-01-15 08:00', $this->banner());
    }

    public function testWhatCountsAsOpenAreCodesOfTheProtocol(): void
    {
        $map = FieldMap::fromFile(World::module() . 'field_map.json');
        foreach (Banner::LIVE as $code) {
            self::assertNotSame($code, $map->label(FieldMap::QUERY, 'state', $code, 'en'));
        }
        self::assertSame('Medical query', $map->label(FieldMap::QUERY, 'sev', 'medical', 'en'));
    }
}
