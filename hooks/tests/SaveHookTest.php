<?php

namespace Licats\Tests;

final class SaveHookTest extends ModuleTestCase
{
    public function testASaveIsListedWithoutValues(): void
    {
        $this->save('licats_kidney', '1', 2);
        [$line] = $this->log('licats change');
        unset($line['log_id'], $line['timestamp'], $line['message']);
        self::assertEquals([
            'project_id' => Study::CLASSIC, 'record' => '1', 'licats_form' => 'licats_kidney',
            'licats_event' => (string) Study::EVENT, 'licats_instance' => '2', 'licats_reason' => 'save',
        ], $line);
    }

    /** @dataProvider forms */
    public function testWhichFormsCount(string $form, bool $listed): void
    {
        $this->save($form);
        self::assertCount($listed ? 1 : 0, $this->log('licats change'));
        self::assertSame([], $this->log('licats fault'));
    }

    public function forms(): array
    {
        return [
            'a site form' => ['labs', true],
            'an answer' => ['licats_query_answer', true],
            'a decision' => ['licats_query_decision', true],
            'the adjudication' => ['licats_adjudication', true],
            'the result' => ['licats_result', false],
            'the summary' => ['licats_summary', false],
            'a query' => ['licats_query', false],
            'a form of the study' => ['own_form', false],
        ];
    }

    public function testAFormOfTheStudyCountsWhereItIsNamed(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['watched-forms'] = ['other_form', 'own_form'];
        $this->save('own_form');
        self::assertCount(1, $this->log('licats change'));
    }

    public function testASurveyIsListedThoughNobodyIsLoggedIn(): void
    {
        $this->world->onPage(Study::CLASSIC, null);
        $this->module->redcap_save_record(Study::CLASSIC, '1', 'labs', Study::EVENT, null, 'hash', 5, 1);
        self::assertCount(1, $this->log('licats change'));
    }

    public function testNoRecordNoEntry(): void
    {
        $this->save('labs', null);
        $this->save('labs', '');
        self::assertSame([], $this->world->state['log']);
    }

    public function testARecordCalledZeroIsARecord(): void
    {
        $this->save('labs', '0');
        self::assertSame('0', $this->log('licats change')[0]['record']);
    }

    /** @dataProvider faults */
    public function testNoFaultBreaksASave(array $broken): void
    {
        $this->world->state['broken'] = $broken;
        $before = ini_set('error_log', '/dev/null');
        $this->save();
        $this->save('own_form');
        ini_set('error_log', (string) $before);
        self::assertStringNotContainsString('secret-value', json_encode($this->world->state['log']));
    }

    public function faults(): array
    {
        $all = ['log', 'getModulePath', 'getProjectSetting'];
        return [[['log']], [['getModulePath']], [['getProjectSetting']], [$all]];
    }
}
