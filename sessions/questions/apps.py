from django.apps import AppConfig


class QuestionsConfig(AppConfig):
    name = "sessions.questions"
    label = "questions"
